// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.vmpl.Vmpl;

/**
 * A vCPU, for those who watch.
 *
 * @param number unique in its machine: 0 is the guest kernel's, 1 the validator's
 * @param name as in messages
 * @param level its level
 * @param processor the APIC id of its processor
 * @param ring the guest-physical address of its trace ring, 0 if it has none
 * @param request the guest-physical address of what it is asked, 0 below VMPL0
 * @param console the guest-physical address of its console
 * @param cpu what of its state can be looked at
 */
public record WatchedVcpu(
    int number,
    String name,
    Vmpl level,
    int processor,
    long ring,
    long request,
    long console,
    Cpu cpu) {
  /**
   * Of a vCPU's state; for use while the guest does not run: in an {@link Observer}'s methods, and
   * while the machine is paused.
   */
  public interface Cpu {
    /** RIP: at an exit because of a store it is past the instruction, on most hosts. */
    long rip();

    /** Its general registers, read now, into the one object that it has. */
    Registers registers();

    /** Writes what {@link #registers} returned; not at an exit whose operation is unfinished. */
    void setRegisters();

    /** Where a guest-virtual address leads, negative if nowhere. */
    long translate(long virtualAddress);

    /**
     * What a debugger wants from now on.
     *
     * @throws dev.kvmpl.bindings.SyscallException if the host cannot
     */
    void debug(GuestDebug wanted);

    /** What its time-stamp counter says: read once, before it runs. */
    GuestClock clock();
  }
}
