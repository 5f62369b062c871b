// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.machine.RunResult.Outcome;
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
  @ValueSource(longs = {0x800000, 0x805000, 0x900000, 0xeffff8})
  void readOfTheValidatorsMemory_neverYieldsBytes(long gpa) {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("reads"), gpa).build()) {
      machine.memory().putLong(0xeffff8, 0x6b6b6b6b6b6b6b6bL);

      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(1, result.exits().get("MMIO"));
    }
  }

  @Test
  void failure_namesExitAddressRegistersAndInstruction() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("reads"), 0x805000L).build()) {
      RunResult result = machine.run();

      assertTrue(
          result
              .message()
              .startsWith("KVM_EXIT_MMIO (read of 8 bytes at gpa 0x805000) on vcpu0-vmpl1; at rip"),
          result::message);
      // 48 8b: the start of a mov from memory to a 64-bit register
      assertTrue(
          result.message().matches(".*at rip 0x[0-9a-f]+: 48 8b( [0-9a-f]{2}){13}; .*"),
          result::message);
      assertTrue(
          result.message().matches(".*rip=0x[0-9a-f]+ rsp=0x.* rax=0x.* r15=0x[0-9a-f]+"),
          result::message);
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
      assertNull(result.exits().get("MMIO"));
    }
  }
}
