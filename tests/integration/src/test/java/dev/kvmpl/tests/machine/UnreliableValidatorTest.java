// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The permissions database is the authority: a yes without a grant changes nothing. */
@RequiresKvm
class UnreliableValidatorTest {
  private static TestMachine machine(String validator) {
    return TestMachine.with()
        .validator(Payloads.validator(validator))
        .driver(BuiltInPayload.STORE, FREE, 8L, 0x42L)
        .timeLimit(Duration.ofSeconds(2))
        .build();
  }

  /** So that the refusals below are not for the reason that these validators are too simple. */
  @Test
  void validatorThatGrants_letsTheStoreThrough() {
    try (TestMachine machine = machine("grants")) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.ALLOWED), result.operations().stream().map(Operation::verdict).toList());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "says_yes, not-granted",
    "opens_the_wrong_page, not-granted",
    "answers_nonsense, invalid-answer",
    "leaves_request_pending, invalid-answer"
  })
  void answerThatIsNoGrant_isRefused_andTheDriverHearsOfIt(String validator, String label) {
    Verdict verdict = Verdict.byLabel(label).orElseThrow();
    try (TestMachine machine = machine(validator)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE, 8, 0x42, verdict, 0)),
          result.operations());
      assertEquals(0, machine.memory().getLong(FREE));
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  @Test
  @Tag("endless-guest")
  void validatorThatForgetsItsInterrupt_neverLetsTheStoreThrough() {
    try (TestMachine machine = machine("forgets_to_answer")) {
      RunResult result = machine.run();

      assertEquals(Outcome.TIMED_OUT, result.outcome());
      assertEquals(List.of(), result.operations());
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  /** Nor when it is launched, but VMPL1: other levels have vCPUs here that could run. */
  @Test
  void validatorThatWantsToRunAnotherLevelThanTheOneThatAsks_isNotHeard() {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator("runs_others"))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(0))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(0))
            .driver(BuiltInPayload.STORE, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.ALLOWED), result.operations().stream().map(Operation::verdict).toList());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void validatorThatRefusesDrivers_letsNoneRun() {
    try (TestMachine machine = machine("refuses_drivers")) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(5L, 5L), result.driverStatus()); // the kernel's: invalid input
      assertEquals(
          0, result.steps().stream().filter(event -> event.step() == Step.ASSOCIATE).count());
    }
  }

  @Test
  void validatorThatDamagesItsTables_doesNotHarmTheResult() {
    try (TestMachine machine = machine("damages_map")) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(), result.after().ownership());
    }
  }
}
