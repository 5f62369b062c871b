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
 * @param clock its time-stamp counter
 */
public record WatchedVcpu(
    int number, String name, Vmpl level, int processor, long ring, Clock clock) {
  /** A vCPU's time-stamp counter; to be read while the guest does not run. */
  public interface Clock {
    /** The counter now. */
    long counter();

    /** Its frequency in kHz, empty if the host cannot tell. */
    OptionalLong khz();
  }
}
