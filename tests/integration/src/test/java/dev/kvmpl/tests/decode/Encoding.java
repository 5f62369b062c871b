// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import java.io.ByteArrayOutputStream;
import java.util.Set;
import java.util.function.Consumer;

/**
 * What comes before an instruction's operand, whether such an instruction exists or not.
 *
 * @param space how it is encoded
 * @param map 0 to 3 for one byte, 0F, 0F38 and 0F3A; 5 and 6 in EVEX alone
 * @param prefix 0, 66, F3, F2, or F0 in {@link Space#LEGACY}
 * @param wide REX.W, VEX.W or EVEX.W
 * @param vectorLength VEX.L or EVEX.L'L
 * @param group ModRM.reg
 */
record Encoding(
    Space space, int map, int opcode, int prefix, boolean wide, int vectorLength, int group) {
  enum Space {
    LEGACY,
    VEX,
    EVEX
  }

  /** The rest of an instruction: whatever displacement and immediate it has, there are zeros. */
  static final int REST = 10;

  private static final int[] MANDATORY = {0, 0x66, 0xf3, 0xf2};
  private static final Set<Integer> NO_OPCODES =
      Set.of(
          0x0f, 0x26, 0x2e, 0x36, 0x3e, 0x62, 0x64, 0x65, 0x66, 0x67, 0xc4, 0xc5, 0xf0, 0xf2, 0xf3);

  /** Every one there is, each {@code group} of each opcode too. */
  static void each(Consumer<Encoding> consumer) {
    for (int opcode = 0; opcode < 256; opcode++) {
      for (int group = 0; group < 8; group++) {
        for (int wide = 0; wide < 2; wide++) {
          for (int map = 0; map < 4; map++) {
            if (isLegacyOpcode(map, opcode)) {
              for (int prefix : MANDATORY) {
                consumer.accept(
                    new Encoding(Space.LEGACY, map, opcode, prefix, wide == 1, 0, group));
              }
              consumer.accept(new Encoding(Space.LEGACY, map, opcode, 0xf0, wide == 1, 0, group));
            }
          }
          for (int prefix : MANDATORY) {
            for (int map = 1; map < 4; map++) {
              for (int length = 0; length < 2; length++) {
                consumer.accept(
                    new Encoding(Space.VEX, map, opcode, prefix, wide == 1, length, group));
              }
            }
          }
        }
      }
      for (int map : new int[] {1, 2, 3, 5, 6}) { // no groups there but shifts and prefetches
        for (int prefix : MANDATORY) {
          for (int length = 0; length < 3; length++) {
            consumer.accept(new Encoding(Space.EVEX, map, opcode, prefix, false, length, 1));
            consumer.accept(new Encoding(Space.EVEX, map, opcode, prefix, true, length, 1));
          }
        }
      }
    }
  }

  private static boolean isLegacyOpcode(int map, int opcode) {
    return switch (map) {
      case 0 -> !NO_OPCODES.contains(opcode) && (opcode & 0xf0) != 0x40;
      case 1 -> opcode != 0x38 && opcode != 0x3a;
      default -> true;
    };
  }

  /** With the operand at [RDI], or in register RDI. */
  byte[] bytes(boolean memory) {
    return bytes(new int[0], 0, (memory ? 0x07 : 0xc7) | group << 3);
  }

  /**
   * The instruction.
   *
   * @param prefixes more legacy prefixes, before the mandatory one
   * @param rex R, X and B
   * @param operand ModRM and what comes after it
   */
  byte[] bytes(int[] prefixes, int rex, int... operand) {
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    for (int each : prefixes) {
      code.write(each);
    }
    int pp = prefix == 0 ? 0 : prefix == 0x66 ? 1 : prefix == 0xf3 ? 2 : 3;
    int w = wide ? 0x80 : 0;
    switch (space) {
      case LEGACY -> {
        if (prefix != 0) {
          code.write(prefix);
        }
        if (wide || rex != 0) {
          code.write(0x40 | (wide ? 8 : 0) | rex);
        }
        if (map > 0) {
          code.write(0x0f);
        }
        if (map > 1) {
          code.write(map == 2 ? 0x38 : 0x3a);
        }
      }
      case VEX -> {
        code.write(0xc4);
        code.write((~rex & 7) << 5 | map);
        code.write(w | 0x78 | vectorLength << 2 | pp);
      }
      case EVEX -> {
        code.write(0x62);
        code.write((~rex & 7) << 5 | 0x10 | map);
        code.write(w | 0x7c | pp);
        code.write(vectorLength << 5 | 9); // mask k1, which scattering needs
      }
    }
    code.write(opcode);
    for (int each : operand) {
      code.write(each);
    }
    for (int i = 0; i < REST; i++) {
      code.write(0);
    }
    return code.toByteArray();
  }
}
