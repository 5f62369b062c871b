// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.VcpuState;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import java.util.Locale;

/**
 * Every instruction that may have made a store. KVM has executed it by the time of the exit, and
 * says neither which one it was nor where it starts; the bytes before RIP (with REP those at RIP,
 * after a call those before the return address) can be read in several ways, each from another
 * start. A reading counts if it explains what the exits told, as the whole of what the instruction
 * stores or as the part of it that is not in memory yet; and as a part only if the open page holds
 * what the other part would have put there.
 *
 * <p>A reading whose address cannot be told, because the instruction has changed the register that
 * it is made of, may be a part. So may one whose bytes cannot be read any more. Does not allocate.
 */
final class Readings {
  /** What a reading takes the told bytes for. */
  private enum Kind {
    NOTHING,
    WHOLE,
    PART,
    /** A part perhaps: its address, or all of it, cannot be told. */
    PERHAPS
  }

  /** KVM turns no larger store into exits: it cannot emulate what makes one. */
  private static final int OPERAND_MAX = 64;

  /** How much of a store KVM puts into the other page at most. */
  private static final int OTHER_PART_MAX = OPERAND_MAX / 2 - 1;

  private static final int READINGS_MAX = 3 * CodeWindow.MIDDLE;
  private static final int RSP = 4;
  private static final String UNREADABLE = "bytes that cannot be read";
  private static final String OVERWRITTEN = "bytes that it may have overwritten";

  private final GuestMemory memory;
  private final Rmp rmp;
  private final ToldStore told;
  private final CodeWindow window;
  private final OperandDecoder decoder = OperandDecoder.ofStores();

  private final String[] names = new String[READINGS_MAX];
  private final int[] sizes = new int[READINGS_MAX];
  private final Kind[] kinds = new Kind[READINGS_MAX];
  private int count;
  private boolean modifies;

  // The longest reading as a whole, which has every prefix, and whether all others do the same.
  private int wholeLength;
  private long wholeOperation;
  private boolean wholesAgree;

  /**
   * @param told what is to be explained, whatever it holds at each call
   */
  Readings(GuestMemory memory, Rmp rmp, ToldStore told) {
    this.memory = memory;
    this.rmp = rmp;
    this.told = told;
    this.window = new CodeWindow(memory);
  }

  /** Looks at the instruction of a vCPU that has made the store, and has not run since. */
  void look(LevelVcpu by) {
    count = 0;
    modifies = false;
    wholeLength = 0;
    wholesAgree = true;
    VcpuState after = by.state().now();
    lookBefore(by, after, after.rip(), false);
    byte[] code = window.bytes();
    if (decoder.decode(code, CodeWindow.MIDDLE, window.to())
        && decoder.instruction().isRepeated()) {
      consider(by, after, decoder.instruction());
    }
    lookAtCall(by, after);
  }

  /** The instructions that end at {@code end}. */
  private void lookBefore(LevelVcpu by, VcpuState after, long end, boolean calls) {
    window.read(by.cpu(), end);
    for (int start = window.from(); start < CodeWindow.MIDDLE; start++) {
      if (decoder.decode(window.bytes(), start, CodeWindow.MIDDLE)
          && decoder.instruction().length() == CodeWindow.MIDDLE - start
          && decoder.instruction().isCall() == calls) {
        consider(by, after, decoder.instruction());
      }
    }
    if (!calls && window.from() > 0) {
      add(Kind.PERHAPS, UNREADABLE, 0);
    }
    if (!calls && isPerhapsOverwritten(by, end)) {
      add(Kind.PERHAPS, OVERWRITTEN, 0);
    }
  }

  /** A call has pushed the address of its end, which is on the stack or among what was told. */
  private void lookAtCall(LevelVcpu by, VcpuState after) {
    long stack = after.general(RSP);
    if (explains(by, stack, Long.BYTES) == Kind.NOTHING) {
      return;
    }
    long returns = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      returns |= (byteAt(by, stack + i) & 0xffL) << (i * Byte.SIZE);
    }
    lookBefore(by, after, returns, true);
  }

  /** A byte of what has been stored: told, or in memory. */
  private int byteAt(LevelVcpu by, long address) {
    long gpa = by.cpu().translate(address);
    for (int i = 0; i < told.parts(); i++) {
      long offset = gpa - told.gpa(i);
      if (offset >= 0 && offset < told.length(i)) {
        return (int) (told.data(i) >>> (offset * Byte.SIZE));
      }
    }
    return memory.contains(gpa, 1) ? memory.getByte(gpa) : 0;
  }

  /** Adds the instruction if it explains what was told. */
  private void consider(LevelVcpu by, VcpuState after, MemoryInstruction instruction) {
    int size = instruction.size();
    if (size == MemoryInstruction.UNKNOWN_SIZE || size > OPERAND_MAX) {
      return;
    }
    boolean complete = told.bytes() == size;
    long address =
        instruction.addressAfter(after, told.data(0), complete && told.parts() == 1 ? size : 0);
    Kind kind;
    if (address == MemoryInstruction.UNKNOWN_ADDRESS) {
      kind =
          complete
              ? Kind.WHOLE
              : isPerhapsPart() && size > told.bytes() ? Kind.PERHAPS : Kind.NOTHING;
    } else {
      kind = explains(by, address, size);
      if (kind == Kind.PART && isRefuted(by, after, instruction, address)) {
        kind = Kind.NOTHING;
      }
    }
    if (kind == Kind.NOTHING) {
      return;
    }
    modifies |= instruction.isReadModifyWrite();
    add(kind, instruction.name(), size);
    if (kind == Kind.WHOLE) {
      wholesAgree &= wholeLength == 0 || wholeOperation == instruction.operation();
      if (instruction.length() > wholeLength) {
        wholeLength = instruction.length();
        wholeOperation = instruction.operation();
      }
    }
  }

  private void add(Kind kind, String name, int size) {
    if (count < READINGS_MAX) {
      kinds[count] = kind;
      names[count] = name;
      sizes[count++] = size;
    }
  }

  /** What a store of {@code size} bytes at {@code address} takes the told bytes for. */
  private Kind explains(LevelVcpu by, long address, int size) {
    long inPage = PageRange.PAGE_SIZE - (address & (PageRange.PAGE_SIZE - 1));
    int first = (int) Math.min(size, inPage);
    int toldFirst = told.bytesInFirstPage();
    if (told.isInTwoPages()) {
      return first == toldFirst
              && size == told.bytes()
              && by.cpu().translate(address) == told.gpa(0)
              && by.cpu().translate(address + first) == told.secondGpa()
          ? Kind.WHOLE
          : Kind.NOTHING;
    }
    boolean crosses = first < size;
    if (first == toldFirst && sameOffset(address) && by.cpu().translate(address) == told.gpa(0)) {
      return !crosses
          ? Kind.WHOLE
          : isOpen(by, address + first, size - first) ? Kind.PART : Kind.NOTHING;
    }
    return crosses
            && size - first == toldFirst
            && told.startsPage()
            && by.cpu().translate(address + first) == told.gpa(0)
            && isOpen(by, address, first)
        ? Kind.PART
        : Kind.NOTHING;
  }

  private boolean sameOffset(long address) {
    return ((address ^ told.gpa(0)) & (PageRange.PAGE_SIZE - 1)) == 0;
  }

  /** Bytes of one page that the level may write: if not, they were among those that were told. */
  private boolean isOpen(LevelVcpu by, long address, int length) {
    return rmp.allows(by.cpu().translate(address), length, by.level(), PagePermissions.WRITE);
  }

  /** Whether the open page holds something else than the instruction has put there as its part. */
  private boolean isRefuted(
      LevelVcpu by, VcpuState after, MemoryInstruction instruction, long address) {
    if (!instruction.isValueKnownAfter()) {
      return false;
    }
    long value = instruction.valueAfter(after);
    long inPage = PageRange.PAGE_SIZE - (address & (PageRange.PAGE_SIZE - 1));
    boolean toldIsFirst = by.cpu().translate(address) == told.gpa(0);
    int from = toldIsFirst ? (int) inPage : 0;
    int to = toldIsFirst ? instruction.size() : (int) inPage;
    long gpa = by.cpu().translate(address + from);
    for (int i = from; i < to; i++) {
      if (memory.getByte(gpa + i - from) != (byte) (value >>> (i * Byte.SIZE))) {
        return true;
      }
    }
    return false;
  }

  /** Whether what was told can be a part at all. */
  private boolean isPerhapsPart() {
    return !told.isInTwoPages() && told.touchesPageEnd();
  }

  /**
   * Whether the instruction is where the other part may have gone: in an open page before or behind
   * the one that was told.
   */
  private boolean isPerhapsOverwritten(LevelVcpu by, long end) {
    if (!isPerhapsPart()) {
      return false;
    }
    long page = (end - 1) & -PageRange.PAGE_SIZE;
    long offset = end - page;
    long toldPage = told.gpa(0) & -PageRange.PAGE_SIZE;
    GuestCpu cpu = by.cpu();
    boolean before =
        told.startsPage()
            && offset > PageRange.PAGE_SIZE - OTHER_PART_MAX
            && cpu.translate(page + PageRange.PAGE_SIZE) == toldPage;
    boolean behind =
        told.endsPage()
            && offset - CodeWindow.MIDDLE < OTHER_PART_MAX
            && cpu.translate(page - PageRange.PAGE_SIZE) == toldPage;
    return (before || behind) && isOpen(by, page, 1);
  }

  /** Whether a part of the store may be in memory already. */
  boolean mayBePart() {
    return isPerhapsPart() && !isCertainlyWhole();
  }

  private boolean isCertainlyWhole() {
    boolean whole = false;
    for (int i = 0; i < count; i++) {
      if (kinds[i] != Kind.WHOLE) {
        return false;
      }
      whole = true;
    }
    return whole;
  }

  /** Whether it is certain that the instruction makes nothing of what was in memory. */
  boolean isPlain() {
    return count > 0 && !modifies && !has(Kind.PERHAPS);
  }

  private boolean has(Kind kind) {
    for (int i = 0; i < count; i++) {
      if (kinds[i] == kind) {
        return true;
      }
    }
    return false;
  }

  /**
   * Finds the one instruction that has made the store, with all of its prefixes.
   *
   * @return false if it may have been another one
   */
  boolean isOne() {
    return isCertainlyWhole() && wholesAgree;
  }

  /** The instruction that {@link #isOne} has found; the registers are still those after it. */
  MemoryInstruction one(LevelVcpu by) {
    VcpuState after = by.state().now();
    window.read(by.cpu(), after.rip());
    decoder.decode(window.bytes(), CodeWindow.MIDDLE - wholeLength, CodeWindow.MIDDLE);
    return decoder.instruction();
  }

  /** All readings, to be put into a message. */
  String describe() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      String what =
          sizes[i] == 0
              ? names[i]
              : String.format(Locale.ROOT, "%s of %d bytes", names[i], sizes[i]);
      String kind =
          switch (kinds[i]) {
            case WHOLE -> "the whole of ";
            case PART -> "a part of ";
            case PERHAPS, NOTHING -> "perhaps a part of ";
          };
      text.append(i == 0 ? "" : ", ").append(kind).append(what);
    }
    return count == 0 ? "no instruction that is known" : text.toString();
  }
}
