// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.trace;

/**
 * One step, recorded by whoever performed it.
 *
 * @param tNs nanoseconds since the machine was launched; never less than the event's before
 * @param vmpl the level that performed it, {@link #HYPERVISOR} for the VMM
 * @param vcpu the vCPU that performed it, or whose exit the VMM was handling
 * @param driver the driver's number, 0 for none
 * @param gpa the address that it is about, 0 for none
 * @param length bytes there
 * @param data what is stored there
 */
public record StepEvent(
    long tNs, Step step, int vmpl, int vcpu, int driver, long gpa, long length, long data) {
  /** In place of a level: the VMM itself. */
  public static final int HYPERVISOR = -1;
}
