// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.decode.CpuState;
import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.drivers.DriverIdentity;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.SvsmCall;
import dev.kvmpl.vmpl.PagePermissions;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A store across a page's end that the guest kernel asks about, having taken its page fault. The
 * kernel says where the interrupted registers are, and nothing is granted because of them: if it is
 * wrong, what suffers is whether a store in its own level's memory is whole.
 */
public final class FaultedStore implements CpuState {
  private static final int WRITABLE = PagePermissions.READ | PagePermissions.WRITE;
  private static final int CPL = 3;

  // struct interrupt_frame of guest-payloads/include/kvmpl/interrupts.h, in units of 8 bytes.
  private static final int[] GENERAL = {14, 13, 12, 11, 20, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
  private static final int RIP = 17;
  private static final int CS = 18;
  private static final int RFLAGS = 19;
  private static final int FRAME_BYTES = 22 * Long.BYTES;

  private final GuestMemory memory;
  private final Permissions permissions;
  private final DriverIdentity drivers;
  private final boolean emulated;
  private final LevelVcpu by;
  private final long frame;
  private final MemoryInstruction instruction;
  private final long address;
  private final long border;
  private final boolean begun;

  private FaultedStore(
      GuestMemory memory,
      Permissions permissions,
      DriverIdentity drivers,
      boolean emulated,
      LevelVcpu by,
      long frame,
      OperandDecoder decoder,
      long fault) {
    this.emulated = emulated;
    this.memory = memory;
    this.permissions = permissions;
    this.drivers = drivers;
    this.by = by;
    this.frame = frame;
    this.instruction = decoder.instruction();
    this.address = instruction.address(this);
    this.border = (address | (PageRange.PAGE_SIZE - 1)) + 1;
    this.begun = Long.compareUnsigned(fault, border) >= 0;
  }

  /** The store that such a call is about; null if it is about none, or about one in one page. */
  public static @Nullable FaultedStore of(
      GuestMemory memory,
      Permissions permissions,
      DriverIdentity drivers,
      boolean emulated,
      LevelVcpu by,
      SvsmCall call) {
    if (!call.asksToValidate() || call.rdx() != Access.WRITE.number() || call.r9() == 0) {
      return null;
    }
    OperandDecoder decoder = OperandDecoder.ofStores();
    CodeWindow code = new CodeWindow(memory);
    code.read(by.cpu(), read(memory, permissions, by, call.r9() + RIP * Long.BYTES));
    if (!decoder.decode(code.bytes(), CodeWindow.MIDDLE, code.to())) {
      return null;
    }
    FaultedStore store =
        new FaultedStore(
            memory, permissions, drivers, emulated, by, call.r9(), decoder, call.rcx());
    boolean crosses = store.address + store.instruction.size() > store.border;
    return crosses && store.address != MemoryInstruction.UNKNOWN_ADDRESS ? store : null;
  }

  /** What the level can read itself; else 0. */
  private static long read(
      GuestMemory memory, Permissions permissions, LevelVcpu by, long virtualAddress) {
    long gpa = by.cpu().translate(virtualAddress);
    return gpa != GuestCpu.UNMAPPED
            && permissions.allows(gpa, Long.BYTES, by.level(), PagePermissions.READ)
        ? memory.getLong(gpa)
        : 0;
  }

  private long frame(int index) {
    return read(memory, permissions, by, frame + (long) index * Long.BYTES);
  }

  @Override
  public long general(int number) {
    return frame(GENERAL[number]);
  }

  @Override
  public long rip() {
    return frame(RIP);
  }

  @Override
  public long rflags() {
    return frame(RFLAGS);
  }

  @Override
  public long fsBase() {
    return by.cpu().fsBase();
  }

  @Override
  public long gsBase() {
    return by.cpu().gsBase();
  }

  /** The second page, by its virtual address. */
  public long secondPage() {
    return border;
  }

  /** Where the bytes are that are in the second page. */
  public long secondGpa() {
    return by.cpu().translate(border);
  }

  /** How many bytes are in the second page. */
  public int secondBytes() {
    return (int) (address + instruction.size() - border);
  }

  /**
   * Whether the fault was for the first page, and the level may not write the second one either.
   */
  public boolean leadsToClosedPage() {
    return !begun && !permissions.allows(secondGpa(), secondBytes(), by.level(), WRITABLE);
  }

  /**
   * Whether its part in the first page, which is open, may be in memory. A CPU faults before it
   * stores anything, but not in the middle of what it does in several steps; KVM's emulator stores
   * page by page.
   */
  private boolean mayHaveBegun() {
    boolean byEmulator = emulated && (frame(CS) & CPL) == 0;
    return begun && (byEmulator || instruction.isInSteps()) && !isRefutedByMemory();
  }

  private boolean isRefutedByMemory() {
    boolean overwritten = address < frame + FRAME_BYTES && frame < border; // by the fault itself
    if (!instruction.isValueKnown() || overwritten) {
      return false;
    }
    long value = instruction.value(this);
    for (int i = 0; address + i < border; i++) {
      long gpa = by.cpu().translate(address + i);
      if (!memory.contains(gpa, 1) || memory.getByte(gpa) != (byte) (value >>> (i * Byte.SIZE))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Why the machine cannot go on.
   *
   * @param done whether it is allowed, and so will be executed anew
   * @return null if it can
   */
  public @Nullable String problem(boolean done) {
    if ((done && !instruction.isReadModifyWrite()) || !mayHaveBegun()) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "a store across a page's end was %s when its part in an open page was in memory already:"
            + " %s of %d bytes at %#x, at rip %#x, by driver %d on %s;"
            + " docs/security.md says which hosts do not let that happen with detection fault",
        done ? "allowed, and cannot be executed twice," : "refused",
        instruction.name(),
        instruction.size(),
        address,
        rip(),
        drivers.driverOf(by),
        by.name());
  }
}
