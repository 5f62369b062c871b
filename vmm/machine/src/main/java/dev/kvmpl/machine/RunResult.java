// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Instant;
import java.util.List;
import java.util.SortedMap;

/**
 * What a run came to.
 *
 * @param message why it failed or timed out; empty otherwise
 * @param launched when, by the host's clock
 * @param durationNs from launch to end, nanoseconds
 * @param operations in the order in which they were attempted
 * @param steps in the order in which they happened
 * @param lostRecords steps and operations that were not kept: beyond the limit, or overwritten
 * @param exits how often each kind of exit came, by its name in KVM_EXIT_...
 * @param interrupts how many were delivered to VMPL0's vCPUs
 * @param console what guests printed, in the order of its times
 * @param stopped the vCPUs of a machine that did not complete, where they were
 * @param driverStatus what each driver returned, in the order of the drivers
 */
public record RunResult(
    Outcome outcome,
    String message,
    Instant launched,
    long durationNs,
    List<Operation> operations,
    List<StepEvent> steps,
    long lostRecords,
    SortedMap<String, Long> exits,
    long interrupts,
    List<PrintedLine> console,
    List<StoppedVcpu> stopped,
    List<Long> driverStatus,
    State before,
    State after) {
  /**
   * What can be looked at before launch and after the end.
   *
   * @param columns of the permissions database, of each level below VMPL0 that the machine has
   */
  public record State(List<Ownership> ownership, SortedMap<Vmpl, List<Rmp.Run>> columns) {}
}
