// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.stores;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One form of an instruction that stores, as AMD's manual volume 3 has it.
 *
 * @param size bytes that it stores; of a string instruction, an element
 * @param shape how its operand is given
 * @param opcode its bytes, escapes included
 * @param group ModRM.reg, {@link #REGISTER} if that is a register
 * @param immediate bytes of it
 */
record Form(
    String name,
    int size,
    Shape shape,
    List<Integer> opcode,
    int group,
    int immediate,
    boolean word,
    boolean wide,
    boolean lockable) {
  static final int REGISTER = -1;

  enum Shape {
    MODRM,
    /** A memory operand that is read; the store is on the stack. */
    PUSH_MEMORY,
    /** A memory operand that is stored to; what is read is on the stack. */
    POP_MEMORY,
    ABSOLUTE,
    PUSH_REGISTER,
    PUSH,
    ENTER,
    STOS,
    MOVS
  }

  /** Whether RSP says where it stores. */
  boolean isOnStack() {
    return switch (shape) {
      case PUSH_MEMORY, PUSH_REGISTER, PUSH, ENTER -> true;
      case MODRM, POP_MEMORY, ABSOLUTE, STOS, MOVS -> false;
    };
  }

  private static final List<Form> ALL = new ArrayList<>();

  static {
    String[] arithmetic = {"add", "or", "adc", "sbb", "and", "sub", "xor"};
    String[] shifts = {"rol", "ror", "rcl", "rcr", "shl", "shr", "shl", "sar"};
    modRm("mov", REGISTER, 0, false, 0x88, 0x89);
    modRm("mov", 0, 1, false, 0xc6);
    widths("mov", 0, 4, false, 0xc7);
    modRm("xchg", REGISTER, 0, true, 0x86, 0x87);
    modRm("xadd", REGISTER, 0, true, new int[] {0x0f, 0xc0}, new int[] {0x0f, 0xc1});
    modRm("cmpxchg", REGISTER, 0, true, new int[] {0x0f, 0xb0}, new int[] {0x0f, 0xb1});
    for (int i = 0; i < arithmetic.length; i++) {
      modRm(arithmetic[i], REGISTER, 0, true, i << 3, i << 3 | 1);
      modRm(arithmetic[i], i, 1, true, 0x80);
      widths(arithmetic[i], i, 4, true, 0x81);
      widths(arithmetic[i], i, 1, true, 0x83);
    }
    for (int i = 0; i < shifts.length; i++) {
      modRm(shifts[i], i, 1, false, 0xc0, 0xc1);
      modRm(shifts[i], i, 0, false, 0xd0, 0xd1);
      modRm(shifts[i], i, 0, false, 0xd2, 0xd3);
    }
    modRm("not", 2, 0, true, 0xf6, 0xf7);
    modRm("neg", 3, 0, true, 0xf6, 0xf7);
    modRm("inc", 0, 0, true, 0xfe, 0xff);
    modRm("dec", 1, 0, true, 0xfe, 0xff);
    for (int i = 0; i < 16; i++) {
      add("setcc", 1, Shape.MODRM, new int[] {0x0f, 0x90 | i}, 0, 0, false, false, false);
    }
    String[] bits = {"bts", "btr", "btc"};
    for (int i = 0; i < bits.length; i++) {
      widths(bits[i], 5 + i, 1, true, 0x0f, 0xba);
    }
    for (int opcode : new int[] {0xa4, 0xac}) {
      widths(opcode == 0xa4 ? "shld" : "shrd", REGISTER, 1, false, 0x0f, opcode);
      widths(opcode == 0xa4 ? "shld" : "shrd", REGISTER, 0, false, 0x0f, opcode | 1);
    }
    add("movnti", 4, Shape.MODRM, new int[] {0x0f, 0xc3}, REGISTER, 0, false, false, false);
    add("movnti", 8, Shape.MODRM, new int[] {0x0f, 0xc3}, REGISTER, 0, false, true, false);
    add("cmpxchg8b", 8, Shape.MODRM, new int[] {0x0f, 0xc7}, 1, 0, false, false, true);
    // Not: segment registers and flags, which are not the same at CPL 3 and CPL 0.
    for (Shape shape : new Shape[] {Shape.ABSOLUTE, Shape.STOS, Shape.MOVS}) {
      int opcode = shape == Shape.ABSOLUTE ? 0xa2 : shape == Shape.STOS ? 0xaa : 0xa4;
      String name = shape == Shape.ABSOLUTE ? "movabs" : shape == Shape.STOS ? "stos" : "movs";
      add(name, 1, shape, new int[] {opcode}, 0, 0, false, false, false);
      add(name, 2, shape, new int[] {opcode | 1}, 0, 0, true, false, false);
      add(name, 4, shape, new int[] {opcode | 1}, 0, 0, false, false, false);
      add(name, 8, shape, new int[] {opcode | 1}, 0, 0, false, true, false);
    }
    add("push", 8, Shape.PUSH_REGISTER, new int[] {0x50}, 0, 0, false, false, false);
    add("push", 2, Shape.PUSH_REGISTER, new int[] {0x50}, 0, 0, true, false, false);
    add("push", 8, Shape.PUSH, new int[] {0x6a}, 0, 1, false, false, false);
    add("push", 8, Shape.PUSH, new int[] {0x68}, 0, 4, false, false, false);
    add("push", 8, Shape.PUSH_MEMORY, new int[] {0xff}, 6, 0, false, false, false);
    add("pop", 8, Shape.POP_MEMORY, new int[] {0x8f}, 0, 0, false, false, false);
    add("call", 8, Shape.PUSH, new int[] {0xe8}, 0, 4, false, false, false);
    add("enter", 8, Shape.ENTER, new int[] {0xc8}, 0, 3, false, false, false);
  }

  /** Every one. */
  static List<Form> all() {
    return List.copyOf(ALL);
  }

  private static void modRm(
      String name, int group, int immediate, boolean lockable, int... opcodes) {
    for (int opcode : opcodes) {
      modRm(name, group, immediate, lockable, new int[][] {{opcode}});
    }
  }

  /** An opcode for a byte has bit 0 clear, the one for the other widths is the next. */
  private static void modRm(
      String name, int group, int immediate, boolean lockable, int[]... opcodes) {
    for (int[] opcode : opcodes) {
      if (opcode[opcode.length - 1] % 2 == 0) {
        add(name, 1, Shape.MODRM, opcode, group, immediate, false, false, lockable);
      } else {
        widths(name, group, immediate, lockable, opcode);
      }
    }
  }

  private static void widths(
      String name, int group, int immediate, boolean lockable, int... opcode) {
    int ofWord = Math.min(immediate, 2);
    add(name, 2, Shape.MODRM, opcode, group, ofWord, true, false, lockable);
    add(name, 4, Shape.MODRM, opcode, group, immediate, false, false, lockable);
    add(name, 8, Shape.MODRM, opcode, group, immediate, false, true, lockable);
  }

  private static void add(
      String name,
      int size,
      Shape shape,
      int[] opcode,
      int group,
      int immediate,
      boolean word,
      boolean wide,
      boolean lockable) {
    ALL.add(
        new Form(
            name,
            size,
            shape,
            IntStream.of(opcode).boxed().toList(),
            group,
            immediate,
            word,
            wide,
            lockable));
  }
}
