// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.trace;

/**
 * One step, recorded by whoever performed it.
 *
 * @param tNs nanoseconds since the machine was launched; never less than the event's before
 * @param vmpl the level that performed it, {@link #HYPERVISOR} for the VMM
 * @param processor where it was performed, or whose exit the VMM was handling
 * @param vcpu the vCPU that performed it, or whose exit the VMM was handling
 * @param driver the driver's number, 0 for none
 * @param access KVMPL_ACCESS_... of the operation that it is about
 * @param gpa the address that it is about, 0 for none
 * @param length bytes there
 * @param data what is stored there; of a GRANT, the permissions that the level has now
 * @param rip the instruction that it is about, 0 for none
 */
public record StepEvent(
    long tNs,
    Step step,
    int vmpl,
    int processor,
    int vcpu,
    int driver,
    int access,
    long gpa,
    long length,
    long data,
    long rip) {
  /** In place of a level: the VMM itself. */
  public static final int HYPERVISOR = -1;

  /** The same event at another time. */
  StepEvent at(long ns) {
    return new StepEvent(ns, step, vmpl, processor, vcpu, driver, access, gpa, length, data, rip);
  }
}
