// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

import dev.kvmpl.kvm.Closing;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.MsrRange;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.util.List;

/**
 * One level's view of memory: a VM whose slots mirror the level's access by the {@link Rmp}. (KVM's
 * slots belong to a VM, so two levels with different permissions on one memory are two VMs.)
 *
 * <p>While {@link #follow} works, other vCPUs of this plane would see pages as absent that are not:
 * they must not run. Whoever holds the machine's baton may call it.
 */
public final class Plane implements AutoCloseable {
  private final Vmpl level;
  private final GuestMemory memory;
  private final Rmp rmp;
  private final Vm vm;
  private final SlotTable slots = new SlotTable();
  private final SlotReserve reserve;
  private final SlotSink sink;

  /**
   * Creates the VM, with slots for all of the database's column. The memory outlives the plane.
   *
   * @throws dev.kvmpl.kvm.UnusableHostException if the column needs more slots than the host has
   */
  public Plane(Kvm kvm, Vmpl level, GuestMemory memory, Rmp rmp) {
    this.level = level;
    this.memory = memory;
    this.rmp = rmp;
    this.reserve = new SlotReserve(rmp, level, kvm.slots());
    kvm.requireSlots(reserve.reserved());
    this.vm = kvm.createVm();
    this.sink = new VmSlots();
    try {
      slots.follow(rmp, level, 0, rmp.pages(), sink);
    } catch (RuntimeException | Error e) {
      Closing.after(e, vm);
      throw e;
    }
  }

  public Vmpl level() {
    return level;
  }

  /** Makes every access to an MSR an exit, but for those that KVM shall serve; none if empty. */
  public void exitOnMsrsBut(List<MsrRange> served) {
    vm.exitOnMsrsBut(served);
  }

  /** Makes an instruction that KVM cannot emulate an exit and nothing else, if the host can. */
  public void exitOnEmulationFailure() {
    vm.exitOnEmulationFailure();
  }

  /** A vCPU of this level, owned by the caller, to be closed before the plane. */
  public Vcpu createVcpu(int id) {
    return vm.createVcpu(id);
  }

  /** Whether there are slots enough for this access to pages {@code [from, to)}. */
  public boolean hasRoom(int from, int to, int access) {
    return reserve.hasRoom(from, to, SlotAccess.of(access));
  }

  /** Lets the plane have another number of slots than the host's. */
  public void limitSlots(int most) {
    reserve.limit(most);
  }

  /**
   * Makes the slots follow the database after pages {@code [from, to)} changed in it.
   *
   * @throws dev.kvmpl.bindings.SyscallException if KVM refuses: slots are missing then, or one too
   *     many is there, and no vCPU of the plane may run any more
   */
  public void follow(int from, int to) {
    slots.follow(rmp, level, from, to, sink);
    reserve.follow(rmp, level, from, to);
  }

  /** Deletes the slots that are there and closes the VM. */
  @Override
  public void close() {
    Closing.all(() -> slots.clear(sink), vm);
  }

  private final class VmSlots implements SlotSink {
    @Override
    public void delete(int slot) {
      vm.setSlot(slot, 0, 0, 0, false);
    }

    @Override
    public void create(int slot, int firstPage, int pages, boolean readOnly) {
      long gpa = (long) firstPage << PageRange.PAGE_SHIFT;
      vm.setSlot(
          slot, gpa, (long) pages << PageRange.PAGE_SHIFT, memory.hostAddress(gpa), readOnly);
    }
  }
}
