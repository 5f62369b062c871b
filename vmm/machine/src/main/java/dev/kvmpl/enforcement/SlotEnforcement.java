// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.Vm;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Permissions by memory slots: read and write is a writable slot, read alone is {@code
 * KVM_MEM_READONLY}, neither is no slot. A slot changes by being deleted and created, and a vCPU
 * that runs meanwhile would find memory missing. A store to where the level may not write is an
 * MMIO exit, and KVM has retired it.
 */
public final class SlotEnforcement implements Enforcement {
  private final Rmp rmp;
  private final Vmpl level;
  private final SlotTable slots;
  private final PieceReserve reserve;
  private final SlotSink sink;

  /**
   * Creates the slots of a level's column of the database.
   *
   * @param vm the level's, closed before this
   * @param memory outlives the slots
   * @param reserve of as many slots as the host has for a VM: {@link #reserve}
   */
  public SlotEnforcement(Vm vm, GuestMemory memory, Rmp rmp, Vmpl level, PieceReserve reserve) {
    this.rmp = rmp;
    this.level = level;
    this.slots = new SlotTable(rmp.pages());
    this.reserve = reserve;
    this.sink = new VmSlots(vm, memory);
    slots.follow(rmp, level, 0, rmp.pages(), sink);
  }

  /**
   * The slots that a level's column of the database needs, or may come to need.
   *
   * @param most that there can be
   */
  public static PieceReserve reserve(Rmp rmp, Vmpl level, int most) {
    return new PieceReserve(rmp, level, false, most);
  }

  @Override
  public boolean needsQuiet() {
    return true;
  }

  @Override
  public boolean hasRoom(int from, int to, int access) {
    return reserve.hasRoom(from, to, SlotAccess.of(access));
  }

  @Override
  public void limit(int pieces) {
    reserve.limit(pieces);
  }

  @Override
  public void follow(int from, int to) {
    slots.follow(rmp, level, from, to, sink);
    reserve.follow(rmp, level, from, to);
  }

  @Override
  public void close() {} // the VM had the slots

  private record VmSlots(Vm vm, GuestMemory memory) implements SlotSink {
    @Override
    public void delete(int slot) {
      vm.deleteSlot(slot);
    }

    @Override
    public void create(int slot, int firstPage, int pages, boolean readOnly) {
      long gpa = (long) firstPage << PageRange.PAGE_SHIFT;
      vm.setSlot(
          slot,
          gpa,
          memory,
          gpa,
          (long) pages << PageRange.PAGE_SHIFT,
          readOnly ? SlotMode.READ_ONLY : SlotMode.READ_WRITE);
    }
  }
}
