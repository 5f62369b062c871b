// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.KernelScript;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may say that all is done: the guest kernel. A driver comes to its own end. */
@RequiresKvm
class TerminationTest {
  private static final long FINISHED = 0x4100;
  private static final long PANIC = 0x14100;
  private static final long NEXT = FREE + 0x8000;

  private static void assertNextHasRun(TestMachine machine, RunResult result) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(1, machine.memory().getLong(NEXT));
    assertEquals(result.before().columns(), result.after().columns());
    assertEquals(0, result.driverStatus().getLast());
  }

  @ParameterizedTest
  @CsvSource({"VMPL1, 0", "VMPL1, 1", "VMPL2, 0", "VMPL2, 1", "VMPL3, 0", "VMPL3, 3"})
  void driverThatSaysThatAllIsDone_hasDoneItsOwn_andTheNextOneRuns(Vmpl level, int processor) {
    List<Integer> where = List.of(processor);
    Vmpl another = level == Vmpl.VMPL1 ? Vmpl.VMPL2 : Vmpl.VMPL1; // a level has one at a time
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("terminates"), level, where, FINISHED, FREE)
            .driver(BuiltInPayload.STORE, another, List.of(0), NEXT, 8L, 1L)
            .build()) {
      assertNextHasRun(machine, machine.run());
      assertEquals(DRIVER, machine.memory().getLong(FREE));
    }
  }

  /** The level is free again, for a driver at the same place. */
  @ParameterizedTest
  @EnumSource(names = {"VMPL1", "VMPL2", "VMPL3"})
  void driverThatSaysThatAllIsDone_leavesItsVcpuToTheNextOne(Vmpl level) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("terminates"), level, List.of(0), FINISHED, FREE)
            .driver(BuiltInPayload.STORE, level, List.of(0), NEXT, 8L, 1L)
            .build()) {
      assertNextHasRun(machine, machine.run());
    }
  }

  /** What it was granted is its other vCPU's to use until that one ends too. */
  @Test
  void driverOnTwoProcessors_endsOnOne_andGoesOnOnTheOther() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("terminates"), Vmpl.VMPL2, List.of(1, 2), FINISHED, FREE)
            .driver(BuiltInPayload.STORE, NEXT, 8L, 1L)
            .build()) {
      assertNextHasRun(machine, machine.run());
    }
  }

  @Test
  void driverThatSaysThatAllIsDone_hasTheStatusThatItHasWritten() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("terminates"), FINISHED, RESTRICTED.start())
            .driver(BuiltInPayload.STORE, NEXT, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertNextHasRun(machine, result);
      assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().get(1));
    }
  }

  /** WRMSR is a privileged instruction. */
  @Test
  void hostedDriver_cannotSayAnything_andTheNextOneRuns() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("terminates"), FINISHED, FREE)
            .driver(BuiltInPayload.STORE, NEXT, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertNextHasRun(machine, result);
      assertEquals(0x8000110dL, result.driverStatus().get(1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x100, VMPL1, 0, vcpu0-vmpl1, 0, 0",
    "0x20100, VMPL2, 0, vcpu2-vmpl2, 0, 2",
    "0x24100, VMPL2, 1, vcpu3-vmpl2, 4, 2",
    "0xf100, VMPL3, 1, vcpu3-vmpl3, 15, 0"
  })
  void driverThatGivesAnotherReason_failsTheMachine_whichNamesIt(
      String request, Vmpl level, int processor, String vcpu, int set, int reason) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("terminates"),
                level,
                List.of(processor),
                Long.decode(request),
                FREE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertEquals(
          "the guest of %s terminated, reason set %d, reason %d; the vCPU is driver 2's"
              .formatted(vcpu, set, reason),
          result.message());
    }
  }

  @Test
  void driverThatPanics_failsTheMachine_whichNamesIt() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("terminates"), Vmpl.VMPL2, List.of(1), PANIC, FREE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertEquals(
          "the guest of vcpu3-vmpl2 panicked: exception 0, error code 0x0, at rip 0x0, cr2 0x0;"
              + " the vCPU is driver 2's",
          result.message());
    }
  }

  @Test
  void validatorThatSaysThatAllIsDone_failsTheMachine_andTheStoreIsNotDone() {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator("finishes"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertEquals("the guest of vcpu1-vmpl0 terminated, reason set 4, reason 0", result.message());
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  @Test
  void guestKernel_saysThatAllIsDone_whileADriverRunsElsewhere() {
    KernelScript script = KernelScript.with().create(1).await(1);
    try (TestMachine machine =
        script
            .machine()
            .driver(Payloads.driver("arranges"), Vmpl.VMPL2, List.of(1), -1L, 2L, 0L, 0L) // loops
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), script.results(machine.memory()));
    }
  }

  @Test
  void guestKernel_saysThatAllIsDone() {
    try (TestMachine machine = TestMachine.storing(FREE, 8L, 1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE, 8, 1, Verdict.ALLOWED, DRIVER)),
          result.operations());
    }
  }
}
