// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.decode.Operands;
import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.VcpuState;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.vmpl.PagePermissions;
import java.util.Locale;
import java.util.Set;

/**
 * The instruction that a vCPU is at and that has not been executed, with all that it is going to do
 * to memory: each part of it is in one page. Does not allocate.
 */
public final class PendingInstruction {
  /** What keeps the vCPU from executing it, as far as can be told. */
  public enum Obstacle {
    /** Nothing. */
    NONE,
    /** The level may not do a part of it: {@link #nextClosed}. */
    PART,
    /** The level may not fetch it: part 0 says where. */
    FETCH,
    /** It has page tables where it may not write, and a CPU writes there: {@link #table}. */
    TABLES,
    /** It is none that is known. */
    UNKNOWN
  }

  /** In place of a part's number. */
  public static final int NO_PART = -1;

  /** Two pages of each operand, and one more of what has no known end. */
  private static final int PARTS_MAX = 2 * Operands.MAX + 1;

  /** How many pages an operand may be in of which nobody knows where it ends. */
  private static final int PAGES_MAX = 4;

  /** What no guest has: it gets #UD. */
  private static final Set<String> VMX = Set.of("vmread", "vmptrst");

  private static final int RSP = 4;
  private static final long FRAME_ALIGNMENT = 16; // AMD manual volume 2, 8.9.3
  private static final long FRAME_BYTES = 6 * Long.BYTES;

  private static final int WRITABLE = PagePermissions.READ | PagePermissions.WRITE;

  private final GuestMemory memory;
  private final Permissions permissions;
  private final PageWalk walk;
  private final Operands operands = new Operands();
  private final byte[] code = new byte[OperandDecoder.INSTRUCTION_MAX];

  private final long[] gpas = new long[PARTS_MAX];
  private final int[] lengths = new int[PARTS_MAX];
  private final Access[] accesses = new Access[PARTS_MAX];
  private final long[] data = new long[PARTS_MAX];
  private final int[] operandOf = new int[PARTS_MAX];
  private int fetched;
  private int parts;
  private int closed; // parts that the level may not do when it is looked at: a bit each
  private long table;

  /** Nothing has been looked at. */
  public PendingInstruction(GuestMemory memory, Permissions permissions) {
    this.memory = memory;
    this.permissions = permissions;
    this.walk = new PageWalk(memory);
  }

  /** Looks at the instruction of a vCPU whose last operation is finished. */
  public Obstacle look(LevelVcpu by) {
    fetched = 0;
    parts = 0;
    closed = 0;
    VcpuState state = by.state().now();
    if (!by.cpu().is64Bit()) {
      return Obstacle.UNKNOWN;
    }
    walk.from(by.cpu().pageTables());
    Obstacle obstacle = fetch(by, state.rip());
    if (obstacle != Obstacle.NONE) {
      return obstacle;
    }
    boolean known = true;
    for (int i = 0; i < operands.count(); i++) {
      MemoryInstruction operand = operands.operand(i);
      long address = operand.address(state);
      if (address == MemoryInstruction.UNKNOWN_ADDRESS) {
        known = false;
      } else if (!operand.isOver(state) && !split(by, i, address, state)) {
        return Obstacle.TABLES;
      }
    }
    for (int i = 0; i < parts; i++) {
      closed |= isClosed(by, i) ? 1 << i : 0;
    }
    return closed != 0 ? Obstacle.PART : known ? Obstacle.NONE : Obstacle.UNKNOWN;
  }

  /** Reads the instruction as the vCPU would, and decodes it. */
  private Obstacle fetch(LevelVcpu by, long rip) {
    int read = 0;
    while (read < code.length) {
      long gpa = walk.to(rip + read);
      if (tablesAreClosed(by)) {
        return Obstacle.TABLES;
      }
      if (gpa == PageWalk.UNMAPPED || !memory.contains(gpa, 1)) {
        break;
      }
      if (!permissions.allows(gpa, 1, by.level(), PagePermissions.READ)) {
        if (read > 0 && operands.decode(code, 0, read)) {
          return Obstacle.NONE; // it ends before
        }
        operandOf[0] = NO_PART;
        part(gpa, 1, Access.EXECUTE, 0);
        return Obstacle.FETCH;
      }
      long pageEnd = (gpa | (PageRange.PAGE_SIZE - 1)) + 1;
      while (read < code.length && gpa < pageEnd) {
        code[read++] = memory.getByte(gpa++);
      }
    }
    fetched = read;
    return operands.decode(code, 0, read) && !VMX.contains(name())
        ? Obstacle.NONE
        : Obstacle.UNKNOWN;
  }

  /** Makes parts of an operand; false if its tables are closed. */
  private boolean split(LevelVcpu by, int number, long start, VcpuState state) {
    MemoryInstruction operand = operands.operand(number);
    boolean endless = operand.size() == MemoryInstruction.UNKNOWN_SIZE;
    long stop = start + (endless ? PAGES_MAX * PageRange.PAGE_SIZE : operand.size());
    boolean store = operands.isStore(number);
    boolean valueKnown = store && operand.isValueKnown() && operand.size() <= Long.BYTES;
    long value = valueKnown ? operand.value(state) : 0;
    long address = start;
    while (address != stop) {
      long inPage = PageRange.PAGE_SIZE - (address & (PageRange.PAGE_SIZE - 1));
      int bytes = (int) Math.min(stop - address, inPage);
      long gpa = walk.to(address);
      if (tablesAreClosed(by)) {
        return false;
      }
      if (gpa == PageWalk.UNMAPPED) {
        return true; // the guest's own tables are in the way: it gets #PF
      }
      operandOf[parts] = number;
      part(
          gpa,
          endless ? 1 : bytes,
          store ? Access.WRITE : Access.READ,
          valueKnown ? part(value, (int) (address - start), bytes) : 0);
      if (endless) {
        if (isClosed(by, parts - 1)) {
          return true; // as far as can be told, it ends there
        }
        if (address != start) {
          parts--;
        }
      }
      address += bytes;
    }
    return true;
  }

  private static long part(long value, int offset, int bytes) {
    long rest = value >>> (offset * Byte.SIZE);
    return bytes == Long.BYTES ? rest : rest & ((1L << (bytes * Byte.SIZE)) - 1);
  }

  private void part(long gpa, int length, Access access, long value) {
    gpas[parts] = gpa;
    lengths[parts] = length;
    accesses[parts] = access;
    data[parts++] = value;
  }

  /** Whether the last walk went over an entry that the level may not write. */
  private boolean tablesAreClosed(LevelVcpu by) {
    for (int i = 0; i < walk.entries(); i++) {
      if (!permissions.allows(walk.entry(i), Long.BYTES, by.level(), WRITABLE)) {
        table = walk.entry(i);
        return true;
      }
    }
    return false;
  }

  /** The first part from {@code part} on that the level may not do, or {@link #NO_PART}. */
  public int nextClosed(LevelVcpu by, int part) {
    for (int i = part; i < parts; i++) {
      if (isClosed(by, i)) {
        return i;
      }
    }
    return NO_PART;
  }

  private boolean isClosed(LevelVcpu by, int part) {
    int needed = accesses[part] == Access.WRITE ? WRITABLE : PagePermissions.READ;
    return memory.contains(gpas[part], lengths[part])
        && !permissions.allows(gpas[part], lengths[part], by.level(), needed);
  }

  /**
   * Whether bytes that it stores where the level may write may be in memory, although the CPU is
   * still before it: a CPU does not write before it has seen that it may do all of it, unless it
   * does it in steps. KVM's emulator writes page by page.
   *
   * @param refused the part that is not going to be done
   * @param emulated whether KVM's emulator has tried it
   */
  public boolean mayHaveBegun(int refused, boolean emulated) {
    MemoryInstruction operand = operands.operand(operandOf[refused]);
    boolean upwards = emulated || operand.goesUpwards();
    for (int i = 0; i < parts; i++) {
      boolean wasOpen = (closed >> i & 1) == 0;
      if (wasOpen
          && accesses[i] == Access.WRITE
          && operandOf[i] == operandOf[refused]
          && (emulated || operand.isInSteps())
          && (!upwards || i < refused)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Where the frame of an event would go that the vCPU cannot deliver: on its stack.
   *
   * @return a byte of it where the level may not write, or {@link PageWalk#UNMAPPED}
   */
  public long closedFrame(LevelVcpu by) {
    long top = by.state().general(RSP) & -FRAME_ALIGNMENT;
    long gpa = closedWord(by, top - Long.BYTES);
    if (gpa == PageWalk.UNMAPPED) {
      gpa = closedWord(by, top - FRAME_BYTES);
    }
    boolean event = gpa != PageWalk.UNMAPPED && (isInterrupt() || by.cpu().deliversEvent());
    return event ? gpa : PageWalk.UNMAPPED;
  }

  private long closedWord(LevelVcpu by, long address) {
    long gpa = walk.to(address);
    return memory.contains(gpa, Long.BYTES)
            && !permissions.allows(gpa, Long.BYTES, by.level(), WRITABLE)
        ? gpa
        : PageWalk.UNMAPPED;
  }

  /** {@code int3}, {@code int n} or {@code int1}: of its event KVM does not tell. */
  private boolean isInterrupt() {
    return fetched > 0
        && (code[0] == (byte) 0xcc || code[0] == (byte) 0xcd || code[0] == (byte) 0xf1);
  }

  /** The first byte's guest-physical address. */
  public long gpa(int part) {
    return gpas[part];
  }

  /** Bytes. */
  public int length(int part) {
    return lengths[part];
  }

  /** What it is going to do there. */
  public Access access(int part) {
    return accesses[part];
  }

  /** What it is going to store there, 0 where that is not known before it is executed. */
  public long data(int part) {
    return data[part];
  }

  /** The entry of {@link Obstacle#TABLES}. */
  public long table() {
    return table;
  }

  /** The instruction's name, of one that is known. */
  public String name() {
    return operands.count() == 0 ? "?" : operands.operand(operands.count() - 1).name();
  }

  /** What it is going to do, to be put into a message: "sgdt of 10 bytes at gpa 0x1000". */
  public String describe(int part) {
    return String.format(
        Locale.ROOT, "%s of %d bytes at gpa %#x", name(), lengths[part], gpas[part]);
  }
}
