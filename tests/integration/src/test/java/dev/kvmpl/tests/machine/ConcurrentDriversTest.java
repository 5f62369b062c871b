// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.KernelScript;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Drivers that run at the same time, on processors of their own. */
@RequiresKvm
class ConcurrentDriversTest {
  private static final int PAGES = 20;

  private static Long[] stores(long first) {
    return LongStream.range(0, PAGES)
        .boxed()
        .flatMap(i -> Stream.of(first + i * PageRange.PAGE_SIZE, 8L, first + i))
        .toArray(Long[]::new);
  }

  @Test
  void driversOfThreeLevels_getWhatIsTheirs_andNothingElse() {
    long second = FREE + PAGES * PageRange.PAGE_SIZE;
    long third = second + PAGES * PageRange.PAGE_SIZE;
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, List.of(0), stores(FREE))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), stores(second))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(2), stores(third))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 0L), result.driverStatus());
      assertEquals(3 * PAGES, result.operations().size());
      assertEquals(
          List.of(
              new Ownership(new PageRange(FREE, second), 1),
              new Ownership(new PageRange(second, third), 2),
              new Ownership(new PageRange(third, third + PAGES * PageRange.PAGE_SIZE), 3)),
          result.after().ownership());
      for (long page = 0; page < 3 * PAGES; page++) {
        long gpa = FREE + page * PageRange.PAGE_SIZE;
        assertEquals(
            FREE + page / PAGES * (second - FREE) + page % PAGES, machine.memory().getLong(gpa));
      }
    }
  }

  /** A page that two drivers want at once is one's; the other is refused. */
  @Test
  void pageThatTwoWant_isTheFirstOnes() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), stores(FREE))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(2), stores(FREE))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          PAGES, result.operations().stream().filter(o -> o.verdict() == Verdict.ALLOWED).count());
      assertEquals(
          PAGES,
          result.operations().stream().filter(o -> o.verdict() == Verdict.OWNED_BY_OTHER).count());
      assertEquals(PAGES, result.driverStatus().get(0) + result.driverStatus().get(1));
    }
  }

  /** A slot is changed by taking it away: nobody may find it missing meanwhile. */
  @Test
  void grantsWhileAnotherVcpuOfTheLevelRuns_takeNothingAwayFromIt() {
    long used = FREE - PageRange.PAGE_SIZE; // one slot with what is granted above it
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .grant(GrantKind.PAGE)
            .driver(Payloads.driver("hammers"), Vmpl.VMPL2, List.of(1, 2), FREE, (long) PAGES, used)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L), result.driverStatus());
      assertEquals(PAGES + 1, TestMachine.caught(result), () -> "" + result.operations());
    }
  }

  @Test
  void vcpuForALevelThatAnotherDriverHas_isRefused_forAnotherLevelItIsNot() {
    KernelScript script = KernelScript.with().create(1).await(1).create(2).create(3).halt();
    try (TestMachine machine =
        script
            .machine()
            .driver(Payloads.driver("arranges"), Vmpl.VMPL2, List.of(1), -1L, 2L, 0L, 0L) // loops
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(2), FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(2), FREE + 8, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, KernelScript.REFUSED, 0L, 0L), script.results(machine.memory()));
      assertEquals(0, machine.memory().getLong(FREE));
      assertEquals(2, machine.memory().getLong(FREE + 8));
    }
  }

  @Test
  void guestKernel_waitsForAllOfThem_andStepsSayWhereTheyWere() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(1, 3), FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          Set.of(1, 3),
          result.steps().stream()
              .filter(event -> event.step() == Step.COMPLETE)
              .map(StepEvent::processor)
              .collect(Collectors.toSet()));
    }
  }
}
