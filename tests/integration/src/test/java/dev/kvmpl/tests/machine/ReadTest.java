// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The validator's memory is not even readable. */
@RequiresKvm
class ReadTest {
  @ParameterizedTest
  @ValueSource(longs = {0x800000, 0x883000, 0x900000, 0xeffff8})
  void readOfTheValidatorsMemory_neverYieldsBytes(long gpa) {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("reads"), gpa).build()) {
      machine.memory().putLong(0xeffff8, 0x6b6b6b6b6b6b6b6bL);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(0L, TestMachine.PENDING ? Verdict.RESTRICTED.code() : 0L), result.driverStatus());
      assertEquals(
          List.of(new Operation(DRIVER, Access.READ, gpa, 8, 0, Verdict.RESTRICTED, 0)),
          result.operations());
      assertEquals(result.before(), result.after());
    }
  }

  @Test
  void readOfKernelMemory_isNoExit() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("reads"), RESTRICTED.start()).build()) {
      machine.memory().putLong(RESTRICTED.start(), 0x6b6b6b6b6b6b6b6bL);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0x6b6b6b6b6b6b6b6bL), result.driverStatus());
      assertEquals(0, TestMachine.caught(result));
    }
  }
}
