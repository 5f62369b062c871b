// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What stays of a driver that has given its vCPU back: no grant, and nothing if it is unloaded. */
@RequiresKvm
class DissociationTest {
  private static final PageRange PAGE = new PageRange(FREE, FREE + PageRange.PAGE_SIZE);

  private static List<Verdict> verdicts(RunResult result) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result.operations().stream().map(Operation::verdict).toList();
  }

  @Test
  void driversGrants_areClosedWhenItIsDone_andItsPagesStayItsOwn() {
    try (TestMachine machine = TestMachine.storing(FREE, 8L, 1L, FREE + 0x5000, 8L, 2L)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.ALLOWED, Verdict.ALLOWED), verdicts(result));
      assertEquals(result.before().columns(), result.after().columns());
      assertTrue(result.after().ownership().contains(new Ownership(PAGE, TestMachine.DRIVER)));
    }
  }

  @Test
  void guestKernel_goesOnWithoutTheGrantsOfADriver() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("stores_after_driver"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(
              new Operation(1, Access.WRITE, FREE, 8, 0x42, Verdict.ALLOWED, 1),
              new Operation(0, Access.WRITE, FREE, 8, -1, Verdict.NO_DRIVER, 1)),
          result.operations());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void whatAnUnloadedDriverOwned_isTheNextOnesToHave() {
    long gpa = OTHERS.start() + 0x2000;
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .unloaded(
                Payloads.builtIn(BuiltInPayload.STORE), List.of(OTHERS), gpa, 8L, 1L, FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, gpa, 8L, 2L, FREE, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALLOWED, Verdict.ALLOWED, Verdict.ALLOWED),
          verdicts(result));
      assertEquals(2, machine.memory().getLong(gpa));
      assertEquals(
          List.of(
              new Ownership(PAGE, 2),
              new Ownership(new PageRange(gpa, gpa + PageRange.PAGE_SIZE), 2)),
          result.after().ownership());
    }
  }

  @Test
  void whatADriverOwnedThatStaysLoaded_isStillItsOwn() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, List.of(OTHERS))
            .driver(BuiltInPayload.STORE, OTHERS.start(), 8L, 2L)
            .build()) {
      assertEquals(List.of(Verdict.OWNED_BY_OTHER), verdicts(machine.run()));
    }
  }

  /** The drivers of the other levels keep what they have, and so does the driver's other vCPU. */
  @Test
  void driverOnManyProcessors_keepsItsGrantsUntilItsLastVcpuIsGivenBack() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .grant(GrantKind.PAGE)
            .driver(Payloads.driver("hammers"), Vmpl.VMPL2, List.of(1, 2), FREE, 5L, FREE + 0x10000)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(3), FREE + 0x20000, 8L, 1L)
            .driver(BuiltInPayload.STORE, FREE + 0x30000, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 0L), result.driverStatus());
      assertEquals(8, TestMachine.caught(result), () -> "" + result.operations());
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  /** Whatever way it says so, and wherever. */
  @ParameterizedTest
  @CsvSource({
    "refuses_to_close, 0",
    "refuses_to_close_by_event, 0",
    "refuses_to_close_by_event, 1"
  })
  void validatorThatWillNotClose_endsTheMachine(String validator, int processor) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .validator(Payloads.validator(validator))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, List.of(processor), FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome(), result.message());
      assertEquals(
          "VMPL0 has not closed what driver 1 was granted (result 0x80001004)", result.message());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "closes_nothing, VMPL1, -w--, 0x1100000",
    "closes_all_but_one, VMPL1, -w--, 0x1105000",
    "closes_nothing, VMPL3, -w--, 0x1100000"
  })
  void validatorThatSaysThatItHasClosed_isFoundOut(
      String validator, Vmpl level, String permissions, String page) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .validator(Payloads.validator(validator))
            .driver(
                BuiltInPayload.STORE,
                level,
                List.of(0),
                FREE,
                8L,
                1L,
                FREE + 0x5000,
                8L,
                1L,
                FREE + 0x9000,
                8L,
                1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome(), result.message());
      assertEquals(
          "VMPL0 has not closed what driver 1 was granted: %s still has %s of page %s"
              .formatted(level, permissions, page),
          result.message());
    }
  }

  @Test
  void validatorThatLeavesWhatWasPassedOn_isFoundOut() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .validator(Payloads.validator("closes_the_level_alone"))
            .driver(Payloads.driver("passes_on"), FREE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome(), result.message());
      assertEquals(
          "VMPL0 has not closed what driver 1 was granted: VMPL2 still has -w-- of page 0x1100000,"
              + " passed on by VMPL1",
          result.message());
    }
  }

  /** The first driver's end is never answered, so that only the second one's start can tell. */
  @Test
  void nextDriverOfALevel_doesNotStart_beforeWhatTheLastOneHadIsClosed() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("starts_when_accepted"))
            .validator(Payloads.validator("keeps_for_the_next"))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(2), FREE + 8, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome(), result.message());
      assertEquals(
          "VMPL0 has not closed what driver 1 was granted: VMPL2 still has -w-- of page 0x1100000",
          result.message());
      assertEquals(0, machine.memory().getLong(FREE + 8));
    }
  }
}
