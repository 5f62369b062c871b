// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several processors do a locked read-modify-write to a closed page at the same time. Each has been
 * computed before anybody was asked, but no update is lost: it is executed anew, or the machine
 * ends and says why it cannot be.
 */
@RequiresKvm
class FirstTouchTest {
  private static final long FIRST_PAGE = 0x1000000;

  /** On one CPU processors take turns, and only seldom meet. */
  private static final boolean AT_ONCE = Runtime.getRuntime().availableProcessors() > 1;

  private static final long PAGES = AT_ONCE ? 60 : 4;

  /** As in {@code races.c}. */
  enum Operation {
    INC(0),
    ADD(1),
    XADD(2),
    XCHG(3),
    CMPXCHG(4),
    BTS(5),
    ADC(6);

    private final long number;

    Operation(long number) {
      this.number = number;
    }
  }

  static RunResult race(int processors, Operation operation, int bytes, int offset) {
    return race(TestMachine.ENFORCEMENT, processors, operation, bytes, offset);
  }

  static RunResult race(
      EnforcementKind enforcement, int processors, Operation operation, int bytes, int offset) {
    try (TestMachine machine =
        TestMachine.with()
            .enforcement(enforcement)
            .recording(Recording.NOTHING)
            .driver(
                Payloads.driver("races"),
                Vmpl.VMPL1,
                IntStream.range(0, processors).boxed().toList(),
                FIRST_PAGE,
                PAGES,
                (long) processors,
                operation.number,
                (long) bytes,
                (long) offset)
            .build()) {
      return machine.run();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "2, INC, 1", "2, INC, 2", "2, INC, 4", "4, INC, 8",
    "2, ADD, 1", "2, ADD, 2", "2, ADD, 4", "4, ADD, 8",
    "2, XADD, 1", "2, XADD, 2", "2, XADD, 4", "4, XADD, 8",
    "2, XCHG, 1", "2, XCHG, 2", "2, XCHG, 4", "4, XCHG, 8",
    "2, CMPXCHG, 1", "2, CMPXCHG, 2", "2, CMPXCHG, 4", "4, CMPXCHG, 8",
    "2, BTS, 8", "4, BTS, 8"
  })
  void operationThatTheCpuCanRepeat_isExact(int processors, Operation operation, int bytes) {
    RunResult result = race(processors, operation, bytes, 0x40);

    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(0, result.driverStatus().getLast(), "cells with a lost update");
  }

  /** With slots: its carry flag is lost when it has been executed. */
  @ParameterizedTest
  @ValueSource(ints = {2, 4})
  void operationThatNobodyCanRepeat_isExact_orEndsTheMachine(int processors) {
    List<String> messages = new ArrayList<>();
    for (int i = 0; i < (AT_ONCE ? 20 : 1) && messages.isEmpty(); i++) {
      RunResult result = race(processors, Operation.ADC, 8, 0x40);
      if (result.outcome() == Outcome.COMPLETED) {
        assertEquals(0, result.driverStatus().getLast(), "cells with a lost update");
      } else {
        assertEquals(Outcome.FAILED, result.outcome(), result.message());
        messages.add(result.message());
      }
    }
    if (TestMachine.ENFORCEMENT == EnforcementKind.MAPPING) {
      assertEquals(List.of(), messages); // the CPU has executed it once, with the page open
    } else {
      assertTrue(
          !AT_ONCE || messages.toString().contains("was computed before it was allowed"),
          messages::toString);
    }
  }

  /** Not in one aligned word of 8 bytes: nobody may come between a comparison and the store. */
  @ParameterizedTest
  @ValueSource(ints = {0x45, 0x3e})
  void unalignedOperation_isExact(int offset) {
    RunResult result = race(2, Operation.XADD, 8, offset);

    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(0, result.driverStatus().getLast(), "cells with a lost update");
  }
}
