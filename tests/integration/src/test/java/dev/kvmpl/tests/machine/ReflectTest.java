// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Detection reflect: a store that the guest kernel cannot be told of, or ignores, is not done. */
@RequiresKvm
class ReflectTest {
  @Test
  void interruptsOff_theStoreIsRefused_andTheDriverGoesOn() {
    try (TestMachine machine =
        TestMachine.with()
            .detection(Detection.REFLECT)
            .driver(Payloads.driver("stores_with_interrupts_off"), FREE, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, Verdict.NOT_DETECTED.code()), result.driverStatus());
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE, 8, 0x42, Verdict.NOT_DETECTED, 0)),
          result.operations());
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  @Test
  void guestKernelThatDoesNotAsk_leavesTheStoreUndone() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .detection(Detection.REFLECT)
            .kernel(Payloads.kernel("ignores_reflection"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 0x42L, FREE, 8L, 0x43L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.NOT_DETECTED, Verdict.NOT_DETECTED),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(0, machine.memory().getLong(FREE));
      assertEquals(result.before(), result.after());
    }
  }

  @Test
  void step_saysWhereTheDriverWas() {
    try (TestMachine machine =
        TestMachine.with()
            .detection(Detection.REFLECT)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      StepEvent detected =
          result.steps().stream().filter(event -> event.step() == Step.DETECT).findFirst().get();
      assertEquals(FREE, detected.gpa());
      assertTrue(detected.rip() > 0x100000 && detected.rip() < 0x400000, detected::toString);
    }
  }
}
