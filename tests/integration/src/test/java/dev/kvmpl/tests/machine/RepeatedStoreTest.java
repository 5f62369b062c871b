// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** REP STOSQ: KVM makes every element an exit of its own, so each is judged like a plain store. */
@RequiresKvm
class RepeatedStoreTest {
  @Test
  void repeatedStoreToAFreePage_isDoneWholeAfterOneVerdict() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("stores_repeated"), FREE, 4L).build()) {
      RunResult result = machine.run();

      byte[] expected = new byte[40];
      Arrays.fill(expected, 0, 32, (byte) -1);
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertArrayEquals(expected, machine.memory().read(FREE, 40));
      assertEquals(Verdict.ALLOWED, result.operations().getFirst().verdict());
    }
  }

  /** Where it is pending, the first that is refused ends it. */
  @Test
  void repeatedStoreToARestrictedRange_isRefusedElementByElement() {
    long gpa = RESTRICTED.start();
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("stores_repeated"), gpa, 3L).build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(
                  new Operation(DRIVER, Access.WRITE, gpa, 8, -1, Verdict.RESTRICTED, 0),
                  new Operation(DRIVER, Access.WRITE, gpa + 8, 8, -1, Verdict.RESTRICTED, 0),
                  new Operation(DRIVER, Access.WRITE, gpa + 16, 8, -1, Verdict.RESTRICTED, 0))
              .subList(0, TestMachine.PENDING ? 1 : 3),
          result.operations());
      assertArrayEquals(new byte[32], machine.memory().read(gpa, 32));
    }
  }

  @Test
  void repeatedStoreFromAFreePageIntoARestrictedOne_landsBeforeTheRangeOnly() {
    long gpa = RESTRICTED.start() - 16;
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("stores_repeated"), gpa, 4L).build()) {
      RunResult result = machine.run();

      byte[] expected = new byte[32];
      Arrays.fill(expected, 0, 16, (byte) -1);
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertArrayEquals(expected, machine.memory().read(gpa, 32));
    }
  }
}
