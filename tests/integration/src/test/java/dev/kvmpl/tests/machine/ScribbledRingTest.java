// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Trace;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ring is in memory that VMPL1 may write: what it says is worth nothing to the flow. */
@RequiresKvm
class ScribbledRingTest {
  @Test
  void storeThatIsOnlyRecorded_isNoOperation() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("forges_records"), RESTRICTED.start(), 0L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(), result.operations());
    }
  }

  @Test
  void moreRecordsThanCanBeKept_areCounted_andTheMachineGoesOn() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("forges_records"), RESTRICTED.start(), 300L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertTrue(result.steps().size() <= Trace.EVENTS_MAX);
      assertTrue(result.lostRecords() > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 1})
  void garbage_costsRecordsOnly(long head) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("scribbles_ring"), head, RESTRICTED.start(), 8L, 0x42L)
            .driver(Payloads.driver("scribbles_ring"), head, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(
                  DRIVER, Access.WRITE, RESTRICTED.start(), 8, 0x42, Verdict.RESTRICTED, 0),
              new Operation(DRIVER + 1, Access.WRITE, FREE, 8, 0x42, Verdict.ALLOWED, DRIVER + 1)),
          result.operations().stream()
              .filter(operation -> operation.verdict() != Verdict.ALREADY_OPEN)
              .toList());
      assertEquals(List.of(0L, 0x80001000L, 0L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
      assertTrue(result.lostRecords() > 0, () -> result.lostRecords() + " lost");
    }
  }
}
