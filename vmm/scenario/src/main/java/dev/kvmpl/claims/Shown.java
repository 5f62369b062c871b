// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;

/**
 * What of a run is evidence, whatever runs at VMPL1.
 *
 * @param operations what VMPL0 has judged
 * @param interrupts that were delivered to VMPL0
 * @param before what VMPL1 might do before drivers attempted anything
 * @param ownersBefore whose pages were before drivers attempted anything
 * @param ownersAfter whose pages are that VMPL0 has recorded
 */
record Shown(
    List<StepEvent> steps,
    List<Operation> operations,
    long interrupts,
    List<Rmp.Run> before,
    List<Ownership> ownersBefore,
    List<Ownership> ownersAfter) {
  static Shown of(RunResult result) {
    return new Shown(
        result.steps(),
        result.operations(),
        result.interrupts(),
        result.before().columns().getOrDefault(Vmpl.VMPL1, List.of()),
        result.before().ownership(),
        result.after().ownership());
  }

  /**
   * Of Linux: its drivers are modules, so what the kernel itself stores is no driver's. A grant is
   * the level's, on which no driver has a vCPU to itself.
   */
  static Shown of(LinuxResult result) {
    return new Shown(
        result.steps().stream()
            .filter(event -> event.driver() != 0 || event.step() == Step.GRANT)
            .toList(),
        result.attempts().stream().filter(a -> a.writer().module() != 0).map(Shown::of).toList(),
        result.interrupts(),
        result.closed(),
        result.owners(),
        result.designated());
  }

  private static Operation of(Attempt attempt) {
    return new Operation(
        attempt.writer().module(),
        Access.WRITE,
        attempt.gpa(),
        attempt.length(),
        attempt.data(),
        attempt.verdict(),
        0);
  }
}
