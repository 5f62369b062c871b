// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;

/**
 * One level's own virtual machine in KVM: what KVM knows of a guest's memory belongs to a VM, so
 * levels with different permissions are different VMs over the same memory. Owns the VM and what
 * enforces the level's permissions in it.
 */
public final class Plane implements Level.Msrs, AutoCloseable {
  private final Vm vm;
  private final Enforcement enforcement;

  private Plane(Vm vm, Enforcement enforcement) {
    this.vm = vm;
    this.enforcement = enforcement;
  }

  /**
   * A plane with slots for all of the level's column of the database.
   *
   * @param memory outlives the plane
   * @param lazy whether what is granted is opened only once it has to be
   * @param served the MSRs that are KVM's; all others are exits
   * @throws dev.kvmpl.kvm.host.UnusableHostException if the column needs more slots than the host
   *     has
   */
  public static Plane withSlots(
      Kvm kvm, Vmpl level, GuestMemory memory, Rmp rmp, boolean lazy, List<MsrRange> served) {
    PieceReserve reserve = SlotEnforcement.reserve(rmp, level, kvm.slots());
    kvm.requireSlots(reserve.reserved());
    Vm vm = kvm.createVm();
    try {
      chooseExits(vm, served);
      return new Plane(vm, new SlotEnforcement(vm, memory, rmp, level, reserve, lazy));
    } catch (RuntimeException | Error e) {
      Closing.after(e, vm);
      throw e;
    }
  }

  /**
   * A plane with a mapping of all memory, in which the level's column of the database binds.
   *
   * @param memory outlives the plane
   * @param levels how many the machine has: they share the process's mappings
   * @param served the MSRs that are KVM's; all others are exits
   * @throws UnusableHostException if the column needs more mappings than there can be
   */
  public static Plane withMapping(
      Kvm kvm, Vmpl level, GuestMemory memory, Rmp rmp, int levels, List<MsrRange> served) {
    int most = MappingCount.forEach(levels);
    PieceReserve reserve = MappingEnforcement.reserve(rmp, level, most);
    if (reserve.reserved() > most) {
      throw UnusableHostException.tooFewMappings(most, reserve.reserved());
    }
    Vm vm = kvm.createVm();
    try {
      chooseExits(vm, served);
      return new Plane(
          vm, new MappingEnforcement(vm, memory.protectedMapping(), rmp, level, reserve));
    } catch (RuntimeException | Error e) {
      Closing.after(e, vm);
      throw e;
    }
  }

  /**
   * Before there is a slot: KVM waits for a grace period of what it reads without a lock when a
   * filter is set, and does so in tens of milliseconds instead of one if another has only just
   * ended (synchronize_srcu in the kernel's kernel/rcu/srcutree.c), as it has after a change of
   * slots.
   */
  private static void chooseExits(Vm vm, List<MsrRange> served) {
    vm.exitOnMsrsBut(served);
    vm.exitOnEmulationFailure();
  }

  /** What makes the level's permissions bind. */
  public Enforcement enforcement() {
    return enforcement;
  }

  @Override
  public void exitOnMsrsBut(List<MsrRange> served) {
    vm.exitOnMsrsBut(served);
  }

  /** A vCPU of this level, owned by the caller, to be closed before the plane. */
  public Vcpu createVcpu(int id) {
    return vm.createVcpu(id);
  }

  /** Closes the VM, with whose slots nothing binds any more, and then what they were made of. */
  @Override
  public void close() {
    Closing.all(vm, enforcement);
  }
}
