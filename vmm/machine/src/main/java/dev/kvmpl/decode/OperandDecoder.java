// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

import static dev.kvmpl.decode.OperandForm.ANY;

import dev.kvmpl.decode.OperandForm.Place;
import dev.kvmpl.decode.OperandForm.Width;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Decodes instructions of 64-bit mode that store to memory, or those that load from it (AMD manual
 * volume 3, 1.2 to 1.5: prefixes, opcode, ModRM, SIB, displacement, immediate). Which these are,
 * and which are left out, {@link StoreForms} and {@link LoadForms} say; any other instruction, and
 * one that raises #UD, is none. Does not allocate. Not thread-safe.
 */
public final class OperandDecoder {
  /** The bytes of the longest instruction. */
  public static final int INSTRUCTION_MAX = 15;

  private static final int MOD_REGISTER = 3;
  private static final int RM_SIB = 4;
  private static final int RM_RIP_OR_BASELESS = 5;
  private static final int INDEX_NONE = 4;
  private static final int REX_W = 8;
  private static final int REX_R = 4;
  private static final int REX_X = 2;
  private static final int REX_B = 1;

  /** The table is made when an instruction is first decoded, which most machines never do. */
  private final Supplier<FormTable> forms;

  private final MemoryInstruction found = new MemoryInstruction();

  private byte[] code = {};
  private int at;
  private int end;
  private boolean broken; // the bytes have ended before the instruction

  private boolean locked;
  private boolean operandSize16;
  private int repeat; // F2 or F3, 0 for neither
  private int rex; // the low four bits, VEX's and EVEX's too
  private boolean hasRex;
  private int prefix;
  private int map;
  private int vectorLength;
  private int vvvv;

  private OperandDecoder(Supplier<FormTable> forms) {
    this.forms = forms;
  }

  /** A decoder of what stores, that has found nothing yet. */
  public static OperandDecoder ofStores() {
    return new OperandDecoder(() -> StoreForms.TABLE);
  }

  /** The same of what loads; of two places, the first. */
  public static OperandDecoder ofLoads() {
    return new OperandDecoder(() -> LoadForms.TABLE);
  }

  /** The same of what loads from two places: the second. */
  public static OperandDecoder ofSecondLoads() {
    return new OperandDecoder(() -> LoadForms.SECOND);
  }

  /** What {@link #decode} has found: the same object every time, valid until the next call. */
  public MemoryInstruction instruction() {
    return found;
  }

  /**
   * Decodes the instruction that starts at {@code bytes[from]}.
   *
   * @param to where the bytes end that may belong to it
   * @return false if the instruction is none of the decoder's, or does not end before {@code to}
   */
  public boolean decode(byte[] bytes, int from, int to) {
    code = bytes;
    at = from;
    end = Math.min(to, from + INSTRUCTION_MAX);
    broken = false;
    prefix = 0;
    map = FormTable.MAP_ONE_BYTE;
    vectorLength = 0;
    vvvv = 0xf;
    found.clear();
    if (!prefixes() || broken) {
      return false;
    }
    int opcode = opcode();
    if (broken || opcode < 0) {
      return false;
    }
    OperandForm first = forms.get().of(map, opcode);
    if (first == null) {
      return false;
    }
    int modRm = at < end ? code[at] & 0xff : 0;
    OperandForm form = select(first, modRm >> 3 & 7);
    if (form == null || (locked && !form.operand().lockable())) {
      return false;
    }
    found.form = form;
    found.opcode = opcode;
    found.bytes = size(form);
    if (!operand(form, opcode, modRm)) {
      return false;
    }
    immediate(form);
    boolean nearCall = form.operand().place() == Place.CALL && form.operand().width() != Width.FAR;
    if (broken || (nearCall && operandSize16)) {
      return false;
    }
    found.length = at - from;
    boolean string =
        form.operand().place() == Place.STRING || form.operand().place() == Place.SOURCE;
    found.repeated = repeat != 0 && string;
    found.locked = locked;
    return true;
  }

  private int next() {
    if (at >= end) {
      broken = true;
      return 0;
    }
    return code[at++] & 0xff;
  }

  /**
   * Reads the legacy and REX prefixes.
   *
   * @return false for two segments, of which CPUs make different things
   */
  private boolean prefixes() {
    locked = false;
    operandSize16 = false;
    repeat = 0;
    rex = 0;
    hasRex = false;
    int segment = 0;
    while (at < end) {
      int b = code[at] & 0xff;
      switch (b) {
        case 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65 -> {
          if (segment != 0 && segment != b) {
            return false;
          }
          segment = b;
        }
        case 0x66 -> operandSize16 = true;
        case 0x67 -> found.address32 = true;
        case 0xf0 -> locked = true;
        case 0xf2, 0xf3 -> repeat = b;
        default -> {
          if ((b & 0xf0) != 0x40) {
            found.segment = segment;
            return true;
          }
        }
      }
      hasRex = (b & 0xf0) == 0x40;
      rex = hasRex ? b & 0xf : 0; // one before another prefix does not count
      at++;
    }
    return false;
  }

  /** Reads the opcode with what is before it. Negative if there is none. */
  private int opcode() {
    int b = next();
    if (b == 0xc4 || b == 0xc5 || b == 0x62) {
      boolean prefixed = locked || operandSize16 || repeat != 0 || hasRex;
      return prefixed ? -1 : b == 0x62 ? evex() : vex(b);
    }
    prefix =
        repeat == 0xf2
            ? OperandForm.PREFIX_F2
            : repeat == 0xf3
                ? OperandForm.PREFIX_F3
                : operandSize16 ? OperandForm.PREFIX_66 : OperandForm.PREFIX_NONE;
    if (b != 0x0f) {
      return b;
    }
    b = next();
    if (b == 0x38 || b == 0x3a) {
      map = b == 0x38 ? FormTable.MAP_0F38 : FormTable.MAP_0F3A;
      return next();
    }
    map = FormTable.MAP_0F;
    return b;
  }

  private int vex(int first) {
    int b = next();
    int flags = b;
    map = FormTable.VEX + FormTable.MAP_0F;
    if (first == 0xc4) {
      map = FormTable.VEX + (b & 0x1f);
      flags = next();
      rex = (~b >> 5 & 7) | (flags >> 7) * REX_W;
    } else {
      rex = ~b >> 5 & REX_R;
    }
    vvvv = flags >> 3 & 0xf;
    vectorLength = flags >> 2 & 1;
    prefix = flags & 3;
    return map < FormTable.EVEX ? next() : -1;
  }

  private int evex() {
    int b0 = next();
    int b1 = next();
    int b2 = next();
    rex = (~b0 >> 5 & 7) | (b1 >> 7) * REX_W;
    map = FormTable.EVEX + (b0 & 7);
    vvvv = b1 >> 3 & 0xf;
    prefix = b1 & 3;
    vectorLength = b2 >> 5 & 3;
    found.evex = true;
    boolean zeroed = (b2 & 0x80) != 0;
    boolean broadcast = (b2 & 0x10) != 0;
    boolean reserved = (b0 & 8) != 0 || (b1 & 4) == 0 || vectorLength == 3;
    return zeroed || broadcast || reserved ? -1 : next();
  }

  private @Nullable OperandForm select(OperandForm first, int group) {
    for (OperandForm form = first; form != null; form = form.next()) {
      if ((form.prefix() == ANY || form.prefix() == prefix)
          && (form.w() == ANY || form.w() == (rex & REX_W) / REX_W)
          && (form.vectorLength() == ANY || form.vectorLength() == vectorLength)
          && (form.group() == ANY || form.group() == group)
          && (form.operand().usesVvvv() || vvvv == 0xf)) {
        return form;
      }
    }
    return null;
  }

  private int size(OperandForm form) {
    boolean wide = (rex & REX_W) != 0;
    int operand = wide ? Long.BYTES : operandSize16 ? Short.BYTES : Integer.BYTES;
    int vector = 16 << vectorLength;
    return switch (form.operand().width()) {
      case FIXED -> form.operand().fixedBytes();
      case V -> operand;
      case Y -> wide ? Long.BYTES : Integer.BYTES;
      case STACK -> !wide && operandSize16 ? Short.BYTES : Long.BYTES;
      case Z -> !wide && operandSize16 ? Short.BYTES : Integer.BYTES;
      case PAIR -> wide ? 2 * Long.BYTES : Long.BYTES;
      case FAR -> 2 * operand;
      case ENVIRONMENT -> operandSize16 ? 14 : 28;
      case STATE -> operandSize16 ? 94 : 108;
      case VECTOR -> vector;
      case HALF -> vector / 2;
      case QUARTER -> vector / 4;
      case EIGHTH -> vector / 8;
      case UNKNOWN -> MemoryInstruction.UNKNOWN_SIZE;
    };
  }

  /** Reads what says where the operand is; false if the form has no such operand. */
  private boolean operand(OperandForm form, int opcode, int modRm) {
    switch (form.operand().place()) {
      case ABSOLUTE -> {
        found.displacement = signed(found.address32 ? Integer.BYTES : Long.BYTES);
        return true;
      }
      case STRING, ENTER, SOURCE, TOP, FRAME, XLAT -> {
        return true;
      }
      case PUSH, CALL -> {
        if (form.group() == ANY) {
          found.register = (opcode & 7) | (rex & REX_B) << 3;
          return true;
        }
      }
      default -> {}
    }
    at++; // ModRM, which decode has looked at
    broken |= at > end;
    found.register = (modRm >> 3 & 7) | (rex & REX_R) << 1;
    found.highByte = form.operand().fixedBytes() == 1 && !hasRex && found.register >= 4;
    if (modRm >> 6 == MOD_REGISTER) {
      return switch (form.operand().place()) {
        case PUSH, CALL -> form.operand().width() != Width.FAR;
        case RDI -> true;
        case LINE -> modRm == 0xfc;
        default -> false;
      };
    }
    modRm(form, modRm >> 6, modRm & 7);
    return form.operand().place() != Place.RDI && form.operand().place() != Place.LINE;
  }

  private void modRm(OperandForm form, int mod, int rm) {
    boolean baseless = false;
    if (rm == RM_SIB) {
      int sib = next();
      int index = (sib >> 3 & 7) | (rex & REX_X) << 2;
      found.index = index == INDEX_NONE ? MemoryInstruction.NO_REGISTER : index;
      found.scale = sib >> 6;
      baseless = mod == 0 && (sib & 7) == RM_RIP_OR_BASELESS;
      if (!baseless) {
        found.base = (sib & 7) | (rex & REX_B) << 3;
      }
    } else if (mod == 0 && rm == RM_RIP_OR_BASELESS) {
      baseless = true;
      found.base = MemoryInstruction.RIP;
    } else {
      found.base = rm | (rex & REX_B) << 3;
    }
    if (mod == 1) {
      found.displacement = signed(Byte.BYTES) * (found.evex ? elementBytes(form) : 1);
    } else if (mod == 2 || baseless) {
      found.displacement = signed(Integer.BYTES);
    }
  }

  /**
   * What EVEX counts a displacement of one byte in: here, what the instruction may store at once.
   */
  private int elementBytes(OperandForm form) {
    if (form.operand().place() != Place.ELEMENTS) {
      return found.bytes;
    }
    int wide = (rex & REX_W) != 0 ? 2 : 1;
    return found.opcode == 0x63 ? wide : Integer.BYTES * wide;
  }

  private void immediate(OperandForm form) {
    switch (form.operand().immediate()) {
      case NONE -> {}
      case BYTE -> found.immediate = signed(Byte.BYTES);
      case WORD -> found.immediate = signed(Short.BYTES);
      case Z ->
          found.immediate =
              signed(operandSize16 && (rex & REX_W) == 0 ? Short.BYTES : Integer.BYTES);
      case ENTER -> {
        signed(Short.BYTES);
        int nesting = next() & 0x1f;
        found.immediate = nesting;
        found.bytes *= nesting + 1;
      }
    }
  }

  /** The next {@code bytes} bytes, little-endian, sign-extended. */
  private long signed(int bytes) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (long) next() << (i * Byte.SIZE);
    }
    int unused = Long.SIZE - bytes * Byte.SIZE;
    return value << unused >> unused;
  }
}
