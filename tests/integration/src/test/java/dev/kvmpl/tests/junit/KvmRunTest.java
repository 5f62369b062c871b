// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.junit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.junit.KvmMachines;
import dev.kvmpl.junit.KvmRun;
import dev.kvmpl.junit.KvmTest;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.trace.Step;
import java.util.List;
import org.junit.jupiter.api.function.Executable;
import org.opentest4j.AssertionFailedError;

/** What can be said of a run, and what is said when it is not so. */
class KvmRunTest {
  private static String failure(Executable wrong) {
    return String.valueOf(assertThrows(AssertionFailedError.class, wrong).getMessage());
  }

  @KvmTest(scenario = "store.yaml")
  void whatIsSo_canBeSaid(KvmRun run) {
    run.completed()
        .asExpected()
        .verdict("a", 0x1000000, "allowed")
        .verdict("a", 0x1002000, "restricted")
        .verdict("b", 0x1000008, "owned-by-other")
        .steps(Step.ATTEMPT, Step.EXIT1, Step.DESIGNATE, Step.GRANT, Step.COMPLETE, Step.ERROR)
        .noStep(Step.LOOKUP)
        .status("a", 1)
        .owner(0x1000000, "a")
        .memory(0x1000000, "11 00 00 00");
  }

  @KvmTest(scenario = "store.yaml")
  void whatIsNotSo_isAFailure_withWhatThereWas(KvmRun run) {
    assertEquals(
        "the outcome: expected failed, got completed", failure(() -> run.ended(Outcome.FAILED)));
    assertTrue(
        failure(() -> run.verdict("a", 0x1008000, "allowed"))
            .contains("no operation there; there are:\na write of 8 bytes at 0x1000000: allowed"));
    assertTrue(
        failure(() -> run.steps(Step.COMPLETE, Step.LOOKUP)).contains("LOOKUP did not come"));
    assertEquals("the steps GRANT: expected 0, got 1", failure(() -> run.noStep(Step.GRANT)));
    assertEquals("the status of a: expected 0x7, got 0x1", failure(() -> run.status("a", 7)));
    assertEquals(
        "the owner of 0x1000000: expected b, got a", failure(() -> run.owner(0x1000000, "b")));
    assertEquals(
        "memory at 0x1000000: expected 12, got 11", failure(() -> run.memory(0x1000000, "12")));
    assertEquals("what was printed: expected x, got ", failure(() -> run.printed("x")));
  }

  @KvmTest(scenario = "store.yaml")
  void names_thatAreNobodys_areMistakesOfTheTest(KvmRun run) {
    assertThrows(IllegalArgumentException.class, () -> run.status("c", 0));
    assertThrows(IllegalArgumentException.class, () -> run.verdict("a", 0x1000000, "fine"));
  }

  @KvmTest
  void builder_makesMachinesToo(KvmMachines machines, Kvm kvm) {
    MachineSpec spec =
        MachineSpec.of(
                Payloads.builtIn(BuiltInPayload.KERNEL), Payloads.builtIn(BuiltInPayload.VALIDATOR))
            .driver(Driver.named("d", Payloads.driver("prints")).arguments(List.of(1L)).build())
            .build();

    machines.of(spec).run().completed().printed("line 0");

    assertEquals(12, kvm.apiVersion());
  }
}
