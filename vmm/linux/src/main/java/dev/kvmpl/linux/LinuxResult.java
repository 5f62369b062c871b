// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.Rmp;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;

/**
 * What a run has shown.
 *
 * @param message empty if the guest switched itself off
 * @param launched when the first vCPU started, by the host's clock
 * @param elapsedNs from the first vCPU's start to the end
 * @param isProtected whether the guest has come to where what the policy protects of the kernel is
 *     closed
 * @param status with what the guest's command has ended, if it said so
 * @param attempts what VMPL0 has judged
 * @param lost how many more there were
 * @param unknownPorts how often ports without a device were used
 * @param exits how often each exit came, VMPL0's among them, by its name
 * @param steps what was done with each attempt, if anybody watched; a driver is a module's number
 * @param interrupts that were delivered to VMPL0
 * @param before what Linux might do with its memory at first
 * @param closed what it might do once the kernel's was closed; empty if it was not
 * @param owners whose closed memory is, of modules that have some of their own
 * @param designated whose pages are that VMPL0 has recorded as a module's
 */
public record LinuxResult(
    Outcome outcome,
    String message,
    Instant launched,
    long elapsedNs,
    boolean isProtected,
    OptionalInt status,
    List<Attempt> attempts,
    long lost,
    SortedMap<Integer, Long> unknownPorts,
    SortedMap<String, Long> exits,
    List<StepEvent> steps,
    long interrupts,
    List<Rmp.Run> before,
    List<Rmp.Run> closed,
    List<Ownership> owners,
    List<Ownership> designated) {
  public LinuxResult {
    attempts = List.copyOf(attempts);
    steps = List.copyOf(steps);
    before = List.copyOf(before);
    closed = List.copyOf(closed);
    owners = List.copyOf(owners);
    designated = List.copyOf(designated);
  }
}
