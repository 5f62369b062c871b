// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.vmpl.Vmpl;
import java.util.OptionalLong;

/**
 * A vCPU, for those who watch.
 *
 * @param number unique in its machine: 0 is the guest kernel's, 1 the validator's
 * @param name as in messages
 * @param level its level
 * @param processor the APIC id of its processor
 * @param ring the guest-physical address of its trace ring
 * @param request the guest-physical address of what it is asked, 0 below VMPL0
 * @param clock its time-stamp counter
 * @param stepper has it stop after each instruction
 */
public record WatchedVcpu(
    int number,
    String name,
    Vmpl level,
    int processor,
    long ring,
    long request,
    Clock clock,
    Stepper stepper) {
  /** Has the guest leave after each instruction; to be told while the guest does not run. */
  @FunctionalInterface
  public interface Stepper {
    /**
     * From its next entry on.
     *
     * @param wanted true for an exit {@link dev.kvmpl.kvm.exit.OptInExit.Debug} an instruction
     */
    void singleStep(boolean wanted);
  }

  /** A vCPU's time-stamp counter; to be read while the guest does not run. */
  public interface Clock {
    /** The counter now. */
    long counter();

    /** Its frequency in kHz, empty if the host cannot tell. */
    OptionalLong khz();
  }
}
