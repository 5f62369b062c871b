// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.watch;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** However it is detected, bound and handed over, and whoever runs at the same time. */
@RequiresKvm
class WatchedWaysTest {
  private static final int PAGES = 16;
  private static final long PAGE = PageRange.PAGE_SIZE;

  static Stream<Arguments> ways() {
    return Stream.of(Detection.values())
        .flatMap(
            detection ->
                Stream.of(EnforcementKind.values())
                    .flatMap(
                        kind ->
                            Stream.of(HandOverKind.values())
                                .map(how -> Arguments.of(detection, kind, how))));
  }

  @ParameterizedTest
  @MethodSource("ways")
  void refusedWrites_areDone_andTheDriverHearsOfNone(
      Detection detection, EnforcementKind kind, HandOverKind how) {
    try (TestMachine machine =
        Watching.with()
            .detection(detection)
            .enforcement(kind)
            .handOver(how)
            .driver(
                BuiltInPayload.STORE,
                FREE,
                8L,
                1L,
                RESTRICTED.start(),
                8L,
                2L,
                OTHERS.start(),
                2L,
                3L,
                RESTRICTED.start() + 8,
                4L,
                4L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Watching.RESTRICTED, Watching.OTHERS, Verdict.ALREADY_OPEN),
          Watching.verdicts(result));
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(2, machine.memory().getLong(RESTRICTED.start()));
      assertEquals(3, machine.memory().getLong(OTHERS.start()));
      assertEquals(4, machine.memory().getLong(RESTRICTED.start() + 8));
      assertEquals(List.of(0L, 0L), result.driverStatus());
    }
  }

  /** With detection fault the second page of a store across a border is asked about by itself. */
  @ParameterizedTest
  @ValueSource(longs = {0x1400000, 0x1410000})
  void faultedStoreOverABorder_wouldBeRefused_ifOneOfItsPagesIs(long border) {
    try (TestMachine machine =
        Watching.with()
            .detection(Detection.FAULT)
            .driver(BuiltInPayload.STORE, border - 4, 8L, 0x1122334455667788L)
            .build()) {
      assertEquals(Set.of(Watching.RESTRICTED), Set.copyOf(Watching.verdicts(machine.run())));
    }
  }

  @Test
  void hostedDriver_isWatched_asAllAre() {
    try (TestMachine machine =
        Watching.with().hosted(BuiltInPayload.STORE, RESTRICTED.start(), 8L, 2L).build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Watching.RESTRICTED), Watching.verdicts(result));
      assertEquals(2, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  @Test
  void driversOfThreeLevelsAtOnce_writeTheSamePages_andEachIsTold() {
    Long[] stores =
        LongStream.range(0, PAGES)
            .boxed()
            .flatMap(i -> Stream.of(OTHERS.start() + i * PAGE, 8L, i))
            .toArray(Long[]::new);
    try (TestMachine machine =
        Watching.with()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, List.of(0), stores)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), stores)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(2), stores)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Set.of(Watching.OTHERS), Set.copyOf(Watching.verdicts(result)));
      for (int driver = 2; driver <= 4; driver++) {
        int by = driver;
        Set<Long> pages =
            result.operations().stream()
                .filter(operation -> operation.driver() == by)
                .map(Operation::gpa)
                .collect(Collectors.toSet());
        assertEquals(PAGES, pages.size());
      }
      assertEquals(result.before().ownership(), result.after().ownership());
    }
  }

  /** The policy is VMPL0's to know: a machine that enforces hears nothing of watching. */
  @Test
  void validatorThatPretendsToWatch_opensNothing_whereItIsEnforced() {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator("would_refuse"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.INVALID_ANSWER), Watching.verdicts(result));
      assertEquals(0, machine.memory().getLong(FREE));
      assertFalse(result.driverStatus().getLast() == 0);
    }
  }
}
