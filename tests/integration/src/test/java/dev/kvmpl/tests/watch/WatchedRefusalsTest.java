// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.watch;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever VMPL0 would refuse something for, it is told, and the driver does it. */
@RequiresKvm
class WatchedRefusalsTest {
  private static final PageRange ALL = new PageRange(0x1000000, 0x1800000);
  private static final long PAGE = PageRange.PAGE_SIZE;

  @Test
  void write_ofARestrictedAndOfAnothersPage_isDone_andThePageStaysWhoseItIs() {
    try (TestMachine machine =
        Watching.with()
            .driver(
                BuiltInPayload.STORE, RESTRICTED.start(), 8L, 0x42L, OTHERS.start() + 8, 4L, 0x43L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Watching.RESTRICTED, Watching.OTHERS), Watching.verdicts(result));
      assertEquals(List.of(0, 1), result.operations().stream().map(Operation::owner).toList());
      assertEquals(0x42, machine.memory().getLong(RESTRICTED.start()));
      assertEquals(0x43, machine.memory().getInt(OTHERS.start() + 8));
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(result.before().ownership(), result.after().ownership());
    }
  }

  @Test
  void page_isOpenForItsWriter_afterTheFirstWrite_andClosedForTheNextDriver() {
    long gpa = OTHERS.start();
    try (TestMachine machine =
        Watching.with()
            .driver(BuiltInPayload.STORE, gpa, 1L, 1L, gpa + 1, 1L, 2L)
            .driver(BuiltInPayload.STORE, gpa + 2, 1L, 3L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Watching.OTHERS, Verdict.ALREADY_OPEN, Watching.OTHERS),
          Watching.verdicts(result));
      assertEquals(List.of(1, 1, 1), result.operations().stream().map(Operation::owner).toList());
    }
  }

  @Test
  void allowedWrite_isAllowed_andMakesThePageTheDrivers() {
    try (TestMachine machine = Watching.with().driver(BuiltInPayload.STORE, FREE, 8L, 1L).build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE, 8, 1, Verdict.ALLOWED, DRIVER)),
          result.operations());
    }
  }

  @Test
  void readAndFetch_ofHiddenMemory_areDone() {
    try (TestMachine machine =
        Watching.with()
            .hidden(RESTRICTED, OTHERS)
            .driver(Payloads.driver("reads"), RESTRICTED.start())
            .driver(Payloads.driver("reads"), OTHERS.start())
            .build()) {
      machine.memory().putLong(RESTRICTED.start(), 5);
      machine.memory().putLong(OTHERS.start(), 6);

      RunResult result = machine.run();

      assertEquals(List.of(Watching.RESTRICTED, Watching.OTHERS), Watching.verdicts(result));
      assertEquals(List.of(0L, 5L, 6L), result.driverStatus());
    }
  }

  @Test
  void writeOfTheGuestKernelItself_isDone_andWatchedAsNoDrivers() {
    try (TestMachine machine =
        Watching.with()
            .withoutOthers()
            .kernel(Payloads.kernel("stores"))
            .driver(BuiltInPayload.STORE, FREE, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(
              new Operation(0, Access.WRITE, FREE, 8, 0x42, Verdict.NO_DRIVER.wouldRefuse(), 0)),
          result.operations());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void codebases_areAskedAndOverruled() {
    try (TestMachine machine =
        Watching.with()
            .codebase(Payloads.builtIn(BuiltInPayload.DENY), new PageRange(FREE, FREE + PAGE))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, FREE + PAGE, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Watching.RESTRICTED, Verdict.NO_CODEBASE.wouldRefuse()),
          Watching.verdicts(result));
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(2, machine.memory().getLong(FREE + PAGE));
    }
  }

  /** It is not executed all the same: it would decide with the validator's rights. */
  @Test
  void codebaseThatIsNotWhatWasLoaded_isNotExecuted_andOverruled() {
    try (TestMachine machine =
        Watching.with()
            .codebase(Payloads.builtIn(BuiltInPayload.RANGES), ALL)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      long image =
          machine.images().stream()
              .filter(one -> one.name().equals("tested") && one.level() == Vmpl.VMPL0)
              .findFirst()
              .orElseThrow()
              .gpa();
      machine.memory().putInt(image, ~machine.memory().getInt(image));

      RunResult result = machine.run();

      assertEquals(List.of(Verdict.MEASUREMENT.wouldRefuse()), Watching.verdicts(result));
      assertTrue(result.steps().stream().noneMatch(event -> event.step() == Step.EXECUTE));
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  @Test
  void protectedRanges_areWatched_throughWhateverTables() {
    PageRange guarded = new PageRange(0x1600000, 0x1604000);
    try (TestMachine machine =
        Watching.with()
            .protectedVirtual(guarded)
            .driver(
                BuiltInPayload.REMAP,
                0L,
                guarded.start(),
                8L,
                0x42L,
                1L,
                guarded.start(),
                0x1500000L,
                3L,
                0L,
                FREE,
                8L,
                0x43L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Watching.RESTRICTED, Verdict.REMAPPED.wouldRefuse()), Watching.verdicts(result));
      assertEquals(0x42, machine.memory().getLong(guarded.start()));
      assertEquals(0x43, machine.memory().getLong(FREE));
    }
  }

  @Test
  void ownCode_isTheReason_asItIs() {
    try (TestMachine machine =
        Watching.with()
            .validator(Payloads.validator("own_policy"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1001L)
            .build()) {
      assertEquals(
          List.of(Verdict.of(0x80002002L).wouldRefuse()), Watching.verdicts(machine.run()));
    }
  }

  @Test
  void answerThatMeansNothing_isAReason_too() {
    try (TestMachine machine =
        Watching.with()
            .codebase(Payloads.codebase("answers_nonsense"), ALL)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      assertEquals(List.of(Verdict.INVALID_ANSWER.wouldRefuse()), Watching.verdicts(machine.run()));
    }
  }

  @Test
  void storedPermissions_areOverruled_inMemoryAndForPorts() {
    try (TestMachine machine =
        Watching.with()
            .driver(
                BuiltInPayload.OPERATE, 0L, FREE, 8L, 1L, 4L, 0x3f8L, 1L, 7L, 3L, 0x3f8L, 1L, 7L)
            .permissions(new Permission(Access.PORT_READ, 0x3f8, 0x3f9))
            .build()) {
      RunResult result = machine.run();

      Verdict refused = Verdict.NO_PERMISSION.wouldRefuse();
      assertEquals(List.of(refused, refused, Verdict.ALLOWED), Watching.verdicts(result));
      assertEquals(List.of(0L, 0L), result.driverStatus());
    }
  }

  @Test
  void storeOverTheBorderOfTwoPages_wouldBeRefused_ifOneOfThemIs() {
    long border = RESTRICTED.start();
    try (TestMachine machine =
        Watching.with().driver(BuiltInPayload.STORE, border - 4, 8L, 0x1122334455667788L).build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Watching.RESTRICTED), Watching.verdicts(result).stream().distinct().toList());
      assertEquals(0x1122334455667788L, machine.memory().load(border - 4, 8));
    }
  }

  /** With the first page of the two as the restricted one: the verdict on it is not forgotten. */
  @Test
  void storeOverTheEndOfARestrictedRange_wouldBeRefused() {
    long border = RESTRICTED.end();
    try (TestMachine machine =
        Watching.with().driver(BuiltInPayload.STORE, border - 4, 8L, 0x1122334455667788L).build()) {
      assertEquals(
          List.of(Watching.RESTRICTED),
          Watching.verdicts(machine.run()).stream().distinct().toList());
    }
  }
}
