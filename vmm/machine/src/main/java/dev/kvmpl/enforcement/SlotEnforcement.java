// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.Vm;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import org.jspecify.annotations.Nullable;

/**
 * Permissions by memory slots: read and write is a writable slot, read alone is {@code
 * KVM_MEM_READONLY}, neither is no slot. A slot changes by being deleted and created, and a vCPU
 * that runs meanwhile would find memory missing. A store to where the level may not write is an
 * MMIO exit, and KVM has retired it.
 *
 * <p>One that is lazy leaves a page that becomes writable read-only until it has to {@link
 * #catchUp}: it allows less than the database then, never more.
 */
public final class SlotEnforcement implements Enforcement {
  private final PageAccess database;
  private final PageAccess bound = this::bound;
  private final Rmp rmp;
  private final Vmpl level;
  private final SlotTable slots;
  private final PieceReserve reserve;
  private final SlotSink sink;

  /** What the database has opened and the slots have not; null if that cannot be. */
  private final @Nullable PageMarks behind;

  /**
   * Creates the slots of a level's column of the database.
   *
   * @param vm the level's, closed before this
   * @param memory outlives the slots
   * @param reserve of as many slots as the host has for a VM: {@link #reserve}
   * @param lazy whether pages become writable only by {@link #catchUp}
   */
  public SlotEnforcement(
      Vm vm, GuestMemory memory, Rmp rmp, Vmpl level, PieceReserve reserve, boolean lazy) {
    this(new VmSlots(vm, memory), rmp, level, reserve, lazy);
  }

  /** As above, with slots that somebody else makes. */
  SlotEnforcement(SlotSink sink, Rmp rmp, Vmpl level, PieceReserve reserve, boolean lazy) {
    this.database = PageAccess.of(rmp, level);
    this.rmp = rmp;
    this.level = level;
    this.slots = new SlotTable(rmp.pages());
    this.reserve = reserve;
    this.sink = sink;
    this.behind = lazy ? new PageMarks(rmp.pages()) : null;
    slots.follow(database, 0, rmp.pages(), sink);
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
  public boolean needsQuiet(int from, int to) {
    for (int page = from; page < to; page++) {
      if (bound(page) != slots.access(page)) {
        return true;
      }
    }
    return false;
  }

  /** What shall bind at a page after the database has changed. */
  private SlotAccess bound(int page) {
    SlotAccess wanted = database.at(page);
    return behind != null
            && wanted == SlotAccess.WRITABLE
            && slots.access(page) == SlotAccess.READ_ONLY
        ? SlotAccess.READ_ONLY
        : wanted;
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
  public boolean follow(int from, int to) {
    boolean changes = needsQuiet(from, to);
    if (changes) {
      slots.follow(bound, from, to, sink);
    }
    if (behind != null) {
      for (int page = from; page < to; page++) {
        if (slots.access(page) == database.at(page)) {
          behind.unmark(page);
        } else {
          behind.mark(page);
        }
      }
    }
    reserve.follow(rmp, level, from, to); // room for what is put off is kept from now on
    return changes;
  }

  @Override
  public int nextBehind(int from) {
    return behind == null ? PageMarks.NONE : behind.after(from - 1);
  }

  @Override
  public void catchUp(int from, int to) {
    slots.follow(database, from, to, sink);
    for (int page = from; behind != null && page < to; page++) {
      behind.unmark(page);
    }
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
