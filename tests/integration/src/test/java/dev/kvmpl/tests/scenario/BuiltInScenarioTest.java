// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class BuiltInScenarioTest {
  @Test
  void builtInScenario_showsEveryVerdictAndGoesOnAfterEachRefusal() throws Exception {
    ScenarioRun run;
    try (Kvm kvm = Kvm.open()) {
      run = ScenarioRun.of(kvm, ScenarioReader.builtIn());
    }

    assertEquals(List.of(), run.unmet());
    assertEquals(
        List.of(
            Verdict.ALLOWED,
            Verdict.ALLOWED,
            Verdict.ALREADY_OPEN,
            Verdict.RESTRICTED,
            Verdict.OWNED_BY_OTHER,
            Verdict.ALREADY_OPEN),
        run.result().operations().stream().map(operation -> operation.verdict()).toList());
    assertEquals(4, TestMachine.caught(run.result()));
    assertEquals(0, run.result().lostRecords());
  }
}
