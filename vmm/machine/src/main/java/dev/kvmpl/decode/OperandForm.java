// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

import org.jspecify.annotations.Nullable;

/**
 * One form of an instruction with a place in memory to which it stores, or from which it loads: a
 * row of a {@link FormTable}.
 *
 * @param number of the form among all
 * @param prefix the mandatory prefix, a {@code PREFIX_} constant
 * @param w what REX.W, VEX.W or EVEX.W has to be, {@link #ANY} if it does not matter
 * @param vectorLength what VEX.L or EVEX.L'L has to be, {@link #ANY} if it does not matter
 * @param group what ModRM.reg has to be, {@link #ANY} if it is an operand
 * @param next another form of the same opcode
 */
record OperandForm(
    int number,
    String name,
    int prefix,
    int w,
    int vectorLength,
    int group,
    Operand operand,
    @Nullable OperandForm next) {
  static final int ANY = -1;

  static final int PREFIX_NONE = 0;
  static final int PREFIX_66 = 1;
  static final int PREFIX_F3 = 2;
  static final int PREFIX_F2 = 3;

  /** How many bytes it stores or loads. */
  enum Width {
    FIXED,
    /** 2, 4 or 8 by the operand size. */
    V,
    /** 4, or 8 with W. */
    Y,
    /** What the stack takes: 8, or 2 with prefix 66. */
    STACK,
    /** 4, or 2 with prefix 66: an element from a port. */
    Z,
    /** 8, or 16 with W. */
    PAIR,
    /** Twice the operand size: a far return address. */
    FAR,
    /** The x87 environment: 28, or 14 with prefix 66. */
    ENVIRONMENT,
    /** The x87 state: 108, or 94 with prefix 66. */
    STATE,
    /** 16, 32 or 64 by the vector length; those after it are parts of that. */
    VECTOR,
    HALF,
    QUARTER,
    EIGHTH,
    /** Not to be known from the instruction. */
    UNKNOWN
  }

  /** Where it stores or loads. */
  enum Place {
    /** The memory operand of ModRM. */
    MODRM,
    /** The same, with disp8 counted in elements of 1, 2, 4 or 8 bytes (EVEX alone). */
    ELEMENTS,
    /** The same, further away by the bit offset in a register. */
    BITS,
    /** The same, with RSP as it is after the element has been taken from the stack. */
    POP,
    /** The address in the instruction. */
    ABSOLUTE,
    /** Below RSP, which is moved there. */
    PUSH,
    /** The same, and RIP is elsewhere afterwards. */
    CALL,
    /** Below RSP, and RBP points there afterwards. */
    ENTER,
    /** At ES:RDI, which goes on by an element. */
    STRING,
    /** At RSI, which goes on by an element. */
    SOURCE,
    /** At RSP, which moves up. */
    TOP,
    /** At RBP. */
    FRAME,
    /** At RBX, further away by AL. */
    XLAT,
    /** At RDI. */
    RDI,
    /** In the 64 aligned bytes around RAX. */
    LINE,
    /** At the address in the register of ModRM.reg. */
    REGISTER,
    /** At many addresses, or at some that tables have. */
    UNKNOWN
  }

  /** What becomes of the memory's old content, and of registers. */
  enum Effect {
    /** It does not matter. */
    PLAIN,
    /** The new content is made of it; no general register changes. */
    MODIFY,
    /** The same, and of the carry flag. */
    CARRY,
    /** A register gets it, whose content goes to memory. */
    EXCHANGE,
    /** A register gets it, whose content is added. */
    ADD,
    /** RAX gets it, unless both are equal. */
    COMPARE,
    /** RDX:RAX get it, unless they are equal. */
    COMPARE_PAIR,
    /** A register gets it, whether it is compared equal or not. */
    COMPARE_ADD
  }

  /** Where a plain store's value is from. */
  enum Source {
    UNKNOWN,
    /** The register of ModRM.reg. */
    REG,
    /** The register in the opcode. */
    OPCODE,
    RAX,
    IMMEDIATE
  }

  /** What follows the operand. */
  enum Immediate {
    NONE,
    BYTE,
    WORD,
    /** 4 bytes, or 2 with prefix 66. */
    Z,
    /** The word and the byte of {@code enter}. */
    ENTER
  }

  /**
   * What it does with the place in memory.
   *
   * @param fixedBytes of a {@link Width#FIXED} operand
   */
  record Operand(
      Width width,
      int fixedBytes,
      Place place,
      Effect effect,
      Source source,
      Immediate immediate,
      boolean lockable,
      boolean usesVvvv) {
    /** Before anything has been decoded. */
    static final Operand NONE =
        new Operand(
            Width.UNKNOWN,
            0,
            Place.UNKNOWN,
            Effect.PLAIN,
            Source.UNKNOWN,
            Immediate.NONE,
            false,
            false);
  }

  /** The same form, before another one of its opcode. */
  OperandForm before(@Nullable OperandForm other) {
    return new OperandForm(number, name, prefix, w, vectorLength, group, operand, other);
  }
}
