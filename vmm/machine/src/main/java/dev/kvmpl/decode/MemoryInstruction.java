// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

import dev.kvmpl.decode.OperandForm.Effect;
import dev.kvmpl.decode.OperandForm.Place;
import dev.kvmpl.decode.OperandForm.Source;

/**
 * An instruction that stores to memory or loads from it, as {@link OperandDecoder} has found it:
 * one run of bytes. With the registers before it, where that is is known for certain. With those
 * after it, for a store, as far as it has left them.
 */
public final class MemoryInstruction {
  /** In place of an address: it cannot be known. (No canonical address.) */
  public static final long UNKNOWN_ADDRESS = Long.MIN_VALUE;

  /** In place of a size: it cannot be known from the instruction. */
  public static final int UNKNOWN_SIZE = 0;

  static final int NO_REGISTER = -1;
  static final int RIP = -2;

  private static final int RAX = 0;
  private static final int RCX = 1;
  private static final int RDX = 2;
  private static final int RSP = 4;
  private static final int RBP = 5;
  private static final int RBX = 3;
  private static final int RSI = 6;
  private static final int RDI = 7;
  private static final int FS = 0x64;
  private static final int GS = 0x65;
  private static final long FLAG_ZERO = 1 << 6;
  private static final long FLAG_DIRECTION = 1 << 10;
  private static final long LINE_BYTES = 64;
  private static final int VECTOR_MAX = 64;
  private static final long LOW_BYTE = 0xff;
  private static final long LOW_HALF = 0xffffffffL;
  private static final int OPERAND_BITS = 40;

  OperandForm form = new OperandForm(0, "", 0, 0, 0, 0, OperandForm.Operand.NONE, null);
  int opcode;
  int length;
  int bytes;
  int segment; // the prefix, 0 for none
  boolean address32;
  boolean evex;
  boolean repeated;
  boolean locked;
  boolean highByte;
  int base;
  int index;
  int scale;
  int register;
  long displacement;
  long immediate;

  /** Nothing has been decoded. */
  MemoryInstruction() {}

  void clear() {
    segment = 0;
    address32 = false;
    evex = false;
    base = NO_REGISTER;
    index = NO_REGISTER;
    scale = 0;
    register = 0;
    displacement = 0;
    immediate = 0;
    highByte = false;
  }

  /** The mnemonic without its suffixes, such as {@code mov}. */
  public String name() {
    return form.name();
  }

  /** Bytes of the instruction. */
  public int length() {
    return length;
  }

  /** Bytes that it stores or loads, with REP those of an element; or {@link #UNKNOWN_SIZE}. */
  public int size() {
    return bytes;
  }

  /** Whether what it stores is made of what was there, or it keeps that in a register. */
  public boolean isReadModifyWrite() {
    return form.operand().effect() != Effect.PLAIN;
  }

  /** Whether a CPU may store it in several steps, and fault between two of them. */
  public boolean isInSteps() {
    return bytes > Long.BYTES || bytes == UNKNOWN_SIZE || form.operand().place() == Place.ENTER;
  }

  /**
   * Whether the steps, if there are any, go upwards: those of what is no more than a vector, but
   * for {@code enter}, which pushes. Of larger states nobody says it.
   */
  public boolean goesUpwards() {
    return bytes != UNKNOWN_SIZE && bytes <= VECTOR_MAX && form.operand().place() != Place.ENTER;
  }

  /** A string instruction with REP, at which RIP stays until it has stored every element. */
  public boolean isRepeated() {
    return repeated;
  }

  /** Whether it has no element left, with REP. */
  public boolean isOver(CpuState before) {
    return repeated && limited(before.general(RCX)) == 0;
  }

  /** A call: RIP is elsewhere afterwards. */
  public boolean isCall() {
    return form.operand().place() == Place.CALL;
  }

  /**
   * The first byte's address, before the instruction.
   *
   * @param before with RIP at the instruction
   */
  public long address(CpuState before) {
    return switch (form.operand().place()) {
      case MODRM, ELEMENTS, BITS, ABSOLUTE, LINE, REGISTER, RDI ->
          operand(before, before.rip() + length, NO_REGISTER, 0);
      case POP -> operand(before, before.rip() + length, RSP, before.general(RSP) + bytes);
      case PUSH, CALL, ENTER -> before.general(RSP) - bytes;
      case STRING -> limited(before.general(RDI));
      case SOURCE -> limited(before.general(RSI)) + segmentBase(before);
      case TOP -> before.general(RSP);
      case FRAME -> before.general(RBP);
      case XLAT ->
          limited(before.general(RBX) + (before.general(RAX) & LOW_BYTE)) + segmentBase(before);
      case UNKNOWN -> UNKNOWN_ADDRESS;
    };
  }

  /**
   * The first byte's address, of a store that has been executed and has not changed its own bytes.
   * With {@link #isRepeated}, that of the last element.
   *
   * @param after with RIP behind the instruction
   * @param stored what it has stored, if that is known: it tells what a register was that the
   *     instruction has changed
   * @param storedBytes how many bytes of that are known, from the first one on
   * @return {@link #UNKNOWN_ADDRESS} if a register is lost that the address was made of
   */
  public long addressAfter(CpuState after, long stored, int storedBytes) {
    return switch (form.operand().place()) {
      case MODRM, ELEMENTS, BITS, ABSOLUTE, LINE, REGISTER, RDI, POP ->
          operandAfter(after, stored, storedBytes >= bytes);
      case PUSH, CALL -> after.general(RSP);
      case ENTER -> after.general(RBP) - immediate * (bytes / (immediate + 1));
      case STRING ->
          limited(after.general(RDI) + ((after.rflags() & FLAG_DIRECTION) != 0 ? bytes : -bytes));
      case SOURCE, TOP, FRAME, XLAT, UNKNOWN -> UNKNOWN_ADDRESS;
    };
  }

  /** Whether {@link #value} is known: a plain store of a general register or an immediate. */
  public boolean isValueKnown() {
    return form.operand().source() != Source.UNKNOWN;
  }

  /**
   * What it is going to store, if {@link #isValueKnown}: its low {@link #size} bytes.
   *
   * @param before the registers before it
   */
  public long value(CpuState before) {
    return switch (form.operand().source()) {
      case IMMEDIATE -> immediate;
      case RAX -> before.general(RAX);
      case OPCODE -> before.general(register);
      case REG -> before.general(changed()) >> (highByte ? Byte.SIZE : 0);
      case UNKNOWN -> throw new IllegalStateException(name() + " stores no register");
    };
  }

  /** Whether {@link #valueAfter} is known: {@link #isValueKnown}, or a compared value. */
  public boolean isValueKnownAfter() {
    return isValueKnown() || form.operand().effect() == Effect.COMPARE;
  }

  /**
   * What has been stored, if {@link #isValueKnownAfter}: its low {@link #size} bytes.
   *
   * @param after with RIP behind the instruction
   */
  public long valueAfter(CpuState after) {
    if (form.operand().effect() == Effect.COMPARE) {
      return after.general(equal(after) ? register : RAX);
    }
    boolean stackPointer = form.operand().source() == Source.OPCODE && register == RSP;
    return value(after) + (stackPointer ? bytes : 0);
  }

  /**
   * A number that two instructions have in common if they do the same to the bytes that they store
   * to, and to registers, but for the LOCK prefix.
   */
  public long operation() {
    long operand = (immediate << 5) | (register << 1) | (highByte ? 1 : 0);
    return ((long) form.number() << OPERAND_BITS) | (operand & ((1L << OPERAND_BITS) - 1));
  }

  /**
   * It has compared, and has stored what was there: {@code cmpxchg} of unequal values.
   *
   * @param after with RIP behind the instruction
   */
  public boolean isUnequal(CpuState after) {
    return (form.operand().effect() == Effect.COMPARE
            || form.operand().effect() == Effect.COMPARE_PAIR)
        && !equal(after);
  }

  /**
   * Whether a CPU can execute it anew and do to whatever is in memory by then what it was to do:
   * with RIP at it, and the register {@link #changedRegister} as it was, if there is one.
   *
   * @param after with RIP behind the instruction
   */
  public boolean isRepeatable(CpuState after) {
    return switch (form.operand().effect()) {
      case MODIFY, EXCHANGE, ADD -> true;
      case COMPARE, COMPARE_PAIR -> equal(after);
      case PLAIN, CARRY, COMPARE_ADD -> false;
    };
  }

  /** The register that has got the memory's old content, -1 if none has. */
  public int changedRegister() {
    return form.operand().effect() == Effect.EXCHANGE || form.operand().effect() == Effect.ADD
        ? changed()
        : NO_REGISTER;
  }

  /**
   * What {@link #changedRegister} was; of the upper half of 32 bits, that it was 0.
   *
   * @param after with RIP behind the instruction
   * @param stored all that it has stored
   */
  public long registerBefore(CpuState after, long stored) {
    long now = after.general(changed());
    int shift = highByte ? Byte.SIZE : 0;
    long before = form.operand().effect() == Effect.EXCHANGE ? stored : stored - (now >> shift);
    if (bytes == Long.BYTES) {
      return before;
    } else if (bytes == Integer.BYTES) {
      return before & LOW_HALF;
    }
    long mask = ((1L << (bytes * Byte.SIZE)) - 1) << shift;
    return (now & ~mask) | (before << shift & mask);
  }

  private long operandAfter(CpuState after, long stored, boolean storedKnown) {
    int lost =
        switch (form.operand().effect()) {
          case PLAIN, MODIFY, CARRY -> NO_REGISTER;
          case EXCHANGE, ADD, COMPARE_ADD -> addressedBy(changed()) ? changed() : NO_REGISTER;
          case COMPARE -> !equal(after) && addressedBy(RAX) ? RAX : NO_REGISTER;
          case COMPARE_PAIR ->
              equal(after)
                  ? NO_REGISTER
                  : addressedBy(RAX) ? RAX : addressedBy(RDX) ? RDX : NO_REGISTER;
        };
    if (lost == NO_REGISTER) {
      return operand(after, after.rip(), NO_REGISTER, 0);
    }
    boolean restored = lost == changedRegister() && storedKnown;
    return restored
        ? operand(after, after.rip(), lost, registerBefore(after, stored))
        : UNKNOWN_ADDRESS;
  }

  private static boolean equal(CpuState after) {
    return (after.rflags() & FLAG_ZERO) != 0;
  }

  /** The register that {@link #register} is a part of. */
  private int changed() {
    return highByte ? register - RSP : register;
  }

  private boolean addressedBy(int number) {
    return base == number || index == number;
  }

  /**
   * The operand's address.
   *
   * @param end where the instruction ends
   * @param replaced a register that is to count as {@code value}
   */
  private long operand(CpuState state, long end, int replaced, long value) {
    return switch (form.operand().place()) {
      case LINE -> limited(state.general(RAX)) + segmentBase(state) & -LINE_BYTES;
      case REGISTER -> limited(state.general(register));
      case RDI -> limited(state.general(RDI)) + segmentBase(state);
      default -> {
        long address = displacement;
        if (base == RIP) {
          address += end;
        } else if (base != NO_REGISTER) {
          address += base == replaced ? value : state.general(base);
        }
        if (index != NO_REGISTER) {
          address += (index == replaced ? value : state.general(index)) << scale;
        }
        if (form.operand().place() == Place.BITS) {
          int unused = Long.SIZE - bytes * Byte.SIZE;
          long offset = state.general(register) << unused >> unused;
          address += (offset & -((long) bytes * Byte.SIZE)) >> 3;
        }
        yield limited(address) + segmentBase(state);
      }
    };
  }

  private long limited(long address) {
    return address32 ? address & LOW_HALF : address;
  }

  private long segmentBase(CpuState state) {
    return segment == FS ? state.fsBase() : segment == GS ? state.gsBase() : 0;
  }
}
