// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exits after which nothing goes on: each is named, with where it happened. */
@RequiresKvm
class FailedGuestTest {
  private static void assertFails(TestMachine machine, String message) {
    RunResult result = machine.run();

    assertEquals(Outcome.FAILED, result.outcome());
    assertTrue(result.message().startsWith(message), result::message);
    assertTrue(result.message().contains("rip"), result::message);
  }

  @ParameterizedTest
  @CsvSource({
    "halts, KVM_EXIT_HLT on vcpu0-vmpl1",
    "triple_faults, KVM_EXIT_SHUTDOWN (triple fault) on vcpu0-vmpl1",
    "writes_port, 'KVM_EXIT_IO (out, port 0x42, 1 bytes) on vcpu0-vmpl1'",
    "reads_rmp_port, 'KVM_EXIT_IO (in, port 0xa0, 2 bytes) on vcpu0-vmpl1'",
    "panics, 'the guest of vcpu0-vmpl1 panicked: exception 6, error code 0x0, at rip'"
  })
  void failureOfADriver_isNamed(String driver, String message) {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver(driver)).build()) {
      assertFails(machine, message);
    }
  }

  @Test
  void failureOfADriver_namesTheDriver() {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("halts")).build()) {
      assertFails(machine, "KVM_EXIT_HLT on vcpu0-vmpl1; the vCPU is driver 2's; at rip 0x");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "halts, KVM_EXIT_HLT on vcpu1-vmpl0",
    "panics, 'the guest of vcpu1-vmpl0 panicked: exception 6, error code 0x0, at rip'"
  })
  void failureOfTheValidator_isNamed_andTheStoreIsNotDone(String validator, String message) {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator(validator))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      assertFails(machine, message);

      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  /** Which registers and bytes those are differs: past the instruction on pvm, at it elsewhere. */
  @Test
  void failure_namesRegistersAndInstruction() {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("writes_port")).build()) {
      RunResult result = machine.run();

      assertTrue(
          result.message().matches(".*at rip 0x[0-9a-f]+:( [0-9a-f]{2}){15}; .*"), result::message);
      assertTrue(
          result.message().matches(".*rip=0x[0-9a-f]+ rsp=0x.* rax=0x.* r15=0x[0-9a-f]+"),
          result::message);
    }
  }

  @Test
  void nullPointer_isAnErrorOfTheStore() {
    try (TestMachine machine = TestMachine.storing(0L, 8L, 1L, FREE, 8L, 1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  @Test
  void nullPointerThatNobodyIsReadyFor_isAFaultOfTheGuestsOwn() {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("reads"), 0L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(result.message().contains("panicked: exception 14"), result::message);
      assertTrue(result.message().contains("cr2 0x0"), result::message);
    }
  }
}
