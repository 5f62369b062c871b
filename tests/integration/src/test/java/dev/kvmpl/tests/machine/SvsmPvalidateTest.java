// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.machine.SvsmCalls.KVMPL;
import static dev.kvmpl.tests.machine.SvsmCalls.SCRATCH;
import static dev.kvmpl.tests.machine.SvsmCalls.calls;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The SVSM call PVALIDATE (AMD 58019): which pages a level may have rescinded and validated. */
@RequiresKvm
class SvsmPvalidateTest {
  private static final long PVALIDATE = 1;
  private static final long LIST = SCRATCH + 0x1000;

  /** One entry's list at SCRATCH + 0x1000, served once or as often as the calls say. */
  private static List<Long> pvalidate(long entry, int times) {
    Long[] arguments = new Long[5 * times];
    Arrays.fill(arguments, 0L);
    for (int i = 0; i < times; i++) {
      arguments[5 * i] = PVALIDATE;
      arguments[5 * i + 1] = LIST + i * 16L;
      arguments[5 * i + 4] = 1L;
    }
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("calls_svsm"), arguments).build()) {
      for (int i = 0; i < times; i++) {
        machine.memory().putLong(LIST + i * 16L, 1); // one entry, none done
        machine.memory().putLong(LIST + i * 16L + 8, entry);
      }
      RunResult result = machine.run();
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      List<Long> results = new ArrayList<>();
      for (int i = 0; i < times; i++) {
        results.add(machine.memory().getLong(SvsmCalls.ANSWERS + 5L * i * Long.BYTES));
        long next = machine.memory().getLong(LIST + i * 16L) >>> 16;
        assertEquals(results.getLast() == 0 ? 1 : 0, next);
      }
      return results;
    }
  }

  @Test
  void rescindedPage_canBeRescindedOnce() {
    assertEquals(List.of(0L, 0x80001010L), pvalidate(FREE, 2));
  }

  @Test
  void rescindedPage_canBeRescindedAgain_ifTheCallerDoesNotMind() {
    assertEquals(List.of(0L, 0L), pvalidate(FREE | 8, 2));
  }

  @ParameterizedTest
  @CsvSource({
    "0x1400000, 0x80000003, restricted",
    "0x1200000, 0x80000003, another driver's",
    "0x800000, 0x80000003, VMPL0's",
    "0xf10000, 0x80000003, the ownership map",
    "0x400000, 0x80000003, VMPL2's",
    "0x1800000, 0x80000003, past the end of memory",
    "0xffffffffff000, 0x80000003, far past it",
    "0x1100002, 0x80000005, no size",
    "0x1000001, 0x80001006, 2 MiB where entries are of 4 KiB"
  })
  void pageThatIsNotTheCallersToRescind_isRefused(String entry, String result, String what) {
    assertEquals(List.of(Long.decode(result)), pvalidate(Long.decode(entry), 1), what);
  }

  @ParameterizedTest
  @CsvSource({
    "0x3f1004, 1, 0x80000003, unaligned",
    "0x883000, 1, 0x80000003, VMPL0's memory",
    "0x3f1000, 0, 0x80000005, nothing to do",
    "0x3f1000, 0x10001, 0x80000005, all done",
    "0x3f1000, 512, 0x80000005, more than a page holds"
  })
  void listThatIsNone_isRefused(String gpa, String head, String result, String what) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("calls_svsm"), calls(PVALIDATE, Long.decode(gpa), 0, 0))
            .build()) {
      machine.memory().putLong(LIST, Long.decode(head));
      machine.run();

      assertEquals(Long.decode(result), machine.memory().getLong(SvsmCalls.ANSWERS), what);
    }
  }

  /**
   * VMPL0 meets #VC when it asks the database about such a page; that is no reason to break down.
   */
  @Test
  void rescindedPage_isNotOpened_andTheMachineGoesOn() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("calls_svsm"),
                calls(PVALIDATE, LIST, 0, 0, KVMPL, FREE, 0, 8, KVMPL, FREE + 0x1000, 0, 8))
            .build()) {
      machine.memory().putLong(LIST, 1);
      machine.memory().putLong(LIST + 8, FREE);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.NOT_GRANTED, Verdict.ALLOWED),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }

  /** What a driver was granted must not come back with the page for the next. */
  @Test
  void pageThatIsRescindedAndValidatedAgain_isNotOpenForTheNextDriver() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("calls_svsm"),
                calls(KVMPL, FREE, 0, 8, PVALIDATE, LIST, 0, 0, PVALIDATE, LIST + 16, 0, 0))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      machine.memory().putLong(LIST, 1);
      machine.memory().putLong(LIST + 8, FREE);
      machine.memory().putLong(LIST + 16, 1);
      machine.memory().putLong(LIST + 24, FREE | 4);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(0, machine.memory().getLong(FREE));
      assertEquals(result.before().columns(), result.after().columns());
    }
  }
}
