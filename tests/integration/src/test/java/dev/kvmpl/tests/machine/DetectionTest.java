// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** However it is detected: the same stores have the same verdicts, and leave the same behind. */
@RequiresKvm
class DetectionTest {
  private static RunResult run(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result;
  }

  @ParameterizedTest
  @EnumSource
  void storesOfADriver_areAllowedOpenRestrictedAndOwned(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .detection(detection)
            .driver(
                BuiltInPayload.STORE,
                FREE,
                8L,
                0x1122334455667788L,
                FREE + 8,
                4L,
                0xcafef00dL,
                RESTRICTED.start(),
                8L,
                1L,
                OTHERS.start(),
                2L,
                1L)
            .build()) {
      RunResult result = run(machine);

      assertEquals(
          List.of(
              Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.RESTRICTED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(List.of(0L, 2L), result.driverStatus());
      assertEquals(0x1122334455667788L, machine.memory().getLong(FREE));
      assertEquals(0xcafef00dL, machine.memory().getLong(FREE + 8));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
      assertEquals(0, machine.memory().getLong(OTHERS.start()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void judgedStore_isShownWithItsLengthAndData(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .detection(detection)
            .driver(BuiltInPayload.STORE, FREE + 6, 2L, 0xcafeL)
            .build()) {
      assertEquals(
          List.of(
              new Operation(DRIVER, Access.WRITE, FREE + 6, 2, 0xcafe, Verdict.ALLOWED, DRIVER)),
          run(machine).operations());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"REFLECT", "FAULT"})
  void guestKernelThatDetects_makesTheFirstExitItself(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .detection(detection)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = run(machine);

      assertEquals(
          List.of(
              Step.ASSIGN,
              Step.REQUEST,
              Step.ASSOCIATE,
              Step.ATTEMPT,
              Step.DETECT,
              Step.EXIT1,
              Step.LAUNCH,
              Step.RESTRICTED,
              Step.OWNER,
              Step.DESIGNATE,
              Step.ADJUST,
              Step.GRANT,
              Step.IRQ,
              Step.EXIT2,
              Step.RELAUNCH,
              Step.COMPLETE),
          result.steps().stream().map(StepEvent::step).toList());
      for (StepEvent event : result.steps()) {
        if (event.step() == Step.DETECT || event.step() == Step.EXIT1) {
          assertEquals(1, event.vmpl(), event::toString);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void nextDriver_isDetectedWhereTheOneBeforeWasGranted(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .detection(detection)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, FREE, 8L, 2L)
            .build()) {
      RunResult result = run(machine);

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(
          detection == Detection.TRAP ? 0 : 2,
          result.steps().stream().filter(event -> event.step() == Step.DETECT).count());
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }
}
