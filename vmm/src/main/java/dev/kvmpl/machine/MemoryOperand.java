// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Registers;

/**
 * Finds the address of an instruction's memory operand (64-bit mode, AMD manual volume 3, 1.2 to
 * 1.5: prefixes, opcode, ModRM, SIB, displacement, immediate). Knows the instructions that KVM's
 * emulator can complete with a store: the one-byte map and the 0F map, no VEX or EVEX. Segment
 * bases are taken for 0. Does not allocate.
 */
final class MemoryOperand {
  /** No such operand, or no such instruction. */
  static final long NONE = Long.MIN_VALUE;

  private static final int VECTOR_BYTES = 16;
  private static final int RM_SIB = 4;
  private static final int RM_RIP_OR_BASELESS = 5;
  private static final int INDEX_NONE = 4;
  private static final int ESCAPE_0F = 0x0f;

  private final byte[] code;
  private int at;
  private int end;
  private int size;

  /** Reads from {@code code}, whatever it holds at each call. */
  MemoryOperand(byte[] code) {
    this.code = code;
  }

  /**
   * The address that the instruction in {@code [from, to)}, exactly there, has its operand at.
   *
   * @param registers as they are after it
   * @param rip the address of the instruction's end
   */
  long find(int from, int to, Registers registers, long rip) {
    at = from;
    end = to;
    boolean operandSize16 = false;
    while (at < end && isPrefix(code[at] & 0xff)) {
      operandSize16 |= code[at++] == 0x66;
    }
    int rex = 0;
    if (at < end && (code[at] & 0xf0) == 0x40) {
      rex = code[at++];
    }
    if (at >= end) {
      return NONE;
    }
    int opcode = code[at++] & 0xff;
    boolean twoBytes = opcode == ESCAPE_0F;
    if (twoBytes) {
      if (at >= end) {
        return NONE;
      }
      opcode = code[at++] & 0xff;
    }
    size = sizeOf(twoBytes, opcode, rex, operandSize16);
    if (!twoBytes && (opcode == 0xa2 || opcode == 0xa3)) { // mov to an absolute address
      return end - at == Long.BYTES ? immediate(Long.BYTES) : NONE;
    }
    if (!hasModRm(twoBytes, opcode) || at >= end) {
      return NONE;
    }
    return modRm(twoBytes, opcode, rex, operandSize16, registers, rip);
  }

  /**
   * Bytes of the operand that {@link #find} has found; at least as many as the instruction stores.
   */
  int size() {
    return size;
  }

  private long modRm(
      boolean twoBytes, int opcode, int rex, boolean operandSize16, Registers registers, long rip) {
    int modRm = code[at++] & 0xff;
    int mod = modRm >> 6;
    int reg = (modRm >> 3) & 7;
    int rm = modRm & 7;
    if (mod == 3) {
      return NONE;
    }
    long address = 0;
    boolean baseless = false;
    if (rm == RM_SIB) {
      if (at >= end) {
        return NONE;
      }
      int sib = code[at++] & 0xff;
      int index = ((sib >> 3) & 7) | (rex & 2) << 2;
      if (index != INDEX_NONE) {
        address += registers.byNumber(index) << (sib >> 6);
      }
      baseless = mod == 0 && (sib & 7) == RM_RIP_OR_BASELESS;
      if (!baseless) {
        address += registers.byNumber((sib & 7) | (rex & 1) << 3);
      }
    } else if (mod == 0 && rm == RM_RIP_OR_BASELESS) {
      baseless = true;
      address = rip;
    } else {
      address = registers.byNumber(rm | (rex & 1) << 3);
    }
    int displacement = mod == 1 ? 1 : mod == 2 || baseless ? Integer.BYTES : 0;
    if (end - at != displacement + immediateBytes(twoBytes, opcode, reg, operandSize16)) {
      return NONE;
    }
    return address + (displacement == 0 ? 0 : immediate(displacement));
  }

  /** The next {@code bytes} bytes, little-endian, sign-extended. */
  private long immediate(int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (code[at + i] & 0xffL) << (i * 8);
    }
    at += bytes;
    int unused = Long.SIZE - bytes * 8;
    return value << unused >> unused;
  }

  private static boolean isPrefix(int code) {
    return switch (code) {
      case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3 -> true;
      default -> false;
    };
  }

  private static boolean hasModRm(boolean twoBytes, int opcode) {
    if (twoBytes) {
      // Without: system instructions, three-byte escapes, jcc, push and pop, cpuid, rsm, bswap.
      return !(opcode <= 0x0b && opcode >= 0x04)
          && !(opcode >= 0x30 && opcode <= 0x3f)
          && !(opcode >= 0x80 && opcode <= 0x8f)
          && opcode != 0xa0
          && opcode != 0xa1
          && opcode != 0xa2
          && !(opcode >= 0xa8 && opcode <= 0xaa)
          && !(opcode >= 0xc8 && opcode <= 0xcf);
    }
    return opcode < 0x40
        ? (opcode & 7) < 4
        : opcode == 0x63
            || opcode == 0x69
            || opcode == 0x6b
            || (opcode >= 0x80 && opcode <= 0x8f)
            || opcode == 0xc0
            || opcode == 0xc1
            || opcode == 0xc6
            || opcode == 0xc7
            || (opcode >= 0xd0 && opcode <= 0xd3)
            || (opcode >= 0xd8 && opcode <= 0xdf)
            || opcode == 0xf6
            || opcode == 0xf7
            || opcode == 0xfe
            || opcode == 0xff;
  }

  private static int sizeOf(boolean twoBytes, int opcode, int rex, boolean operandSize16) {
    boolean isByte =
        twoBytes
            ? opcode == 0xb0 || opcode == 0xc0 || (opcode >= 0x90 && opcode <= 0x9f)
            : (opcode & 1) == 0 && opcode != 0x8c;
    if (isByte) {
      return Byte.BYTES;
    }
    boolean vector =
        twoBytes
            && ((opcode >= 0x10 && opcode <= 0x17)
                || (opcode >= 0x28 && opcode <= 0x2f)
                || (opcode >= 0x60 && opcode <= 0x7f)
                || opcode >= 0xd0);
    if (vector || (twoBytes && opcode == 0xc7)) { // cmpxchg16b
      return VECTOR_BYTES;
    }
    return (rex & 8) != 0 || opcode == 0x8f
        ? Long.BYTES
        : operandSize16 ? Short.BYTES : Integer.BYTES;
  }

  private static int immediateBytes(boolean twoBytes, int opcode, int reg, boolean operandSize16) {
    int operand = operandSize16 ? Short.BYTES : Integer.BYTES;
    if (twoBytes) {
      return switch (opcode) {
        case 0x70, 0x71, 0x72, 0x73, 0xa4, 0xac, 0xba, 0xc2, 0xc4, 0xc5, 0xc6 -> 1;
        default -> 0;
      };
    }
    return switch (opcode) {
      case 0x6b, 0x80, 0x82, 0x83, 0xc0, 0xc1, 0xc6 -> 1;
      case 0x69, 0x81, 0xc7 -> operand;
      case 0xf6 -> reg < 2 ? 1 : 0; // test
      case 0xf7 -> reg < 2 ? operand : 0;
      default -> 0;
    };
  }
}
