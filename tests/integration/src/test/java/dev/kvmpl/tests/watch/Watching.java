// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;

/** Machines that only watch. */
final class Watching {
  static final Verdict RESTRICTED = Verdict.RESTRICTED.wouldRefuse();
  static final Verdict OTHERS = Verdict.OWNED_BY_OTHER.wouldRefuse();

  private Watching() {}

  static TestMachine.Builder with() {
    return TestMachine.with().policy(Policy.WATCH);
  }

  /** The verdicts of a run that has completed, and left every permission as it was. */
  static List<Verdict> verdicts(RunResult result) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(result.before().columns(), result.after().columns());
    return result.operations().stream().map(Operation::verdict).toList();
  }
}
