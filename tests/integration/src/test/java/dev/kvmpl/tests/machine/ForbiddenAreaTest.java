// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses below kernel memory: nobody's to ask for. */
@RequiresKvm
class ForbiddenAreaTest {
  static LongStream addresses() {
    return LongStream.of(
        Abi.KVMPL_VMPL0_BASE(),
        Abi.KVMPL_VMPL0_BASE() + 0x5000, // the request page
        Abi.KVMPL_VMPL0_BASE() + 0x100008, // the validator's code
        Abi.KVMPL_VMPL0_END() - 8,
        Abi.KVMPL_RESTRICTED_GPA(), // the number of restricted ranges
        Abi.KVMPL_RESTRICTED_GPA() + 8,
        Abi.KVMPL_OWNERSHIP_GPA(),
        Abi.KVMPL_OWNERSHIP_GPA() + 16,
        Abi.KVMPL_KERNEL_MEMORY_BASE() - 8);
  }

  @ParameterizedTest
  @MethodSource("addresses")
  void write_isRefusedAsRestricted(long gpa) {
    try (TestMachine machine = TestMachine.storing(gpa, 8L, 0x6b6b6b6b6b6b6b6bL)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(
                  DRIVER, Access.WRITE, gpa, 8, 0x6b6b6b6b6b6b6b6bL, Verdict.RESTRICTED, 0)),
          result.operations());
      assertNotEquals(0x6b6b6b6b6b6b6b6bL, machine.memory().getLong(gpa));
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0x900008, 0xf00000, 0xf00008, 0xf10000, 0xf10010, 0xfffff8})
  void write_leavesBytesThatNobodyElseChangesAsTheyAre(long gpa) {
    try (TestMachine machine = TestMachine.storing(gpa, 8L, 0x6b6b6b6b6b6b6b6bL)) {
      long before = machine.memory().getLong(gpa);

      machine.run();

      assertEquals(before, machine.memory().getLong(gpa));
    }
  }

  @Test
  void driversTables_canBeReadByIt() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("reads"),
                (long) Abi.KVMPL_RESTRICTED_GPA() + RESTRICTED.firstPage() / Byte.SIZE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, (1L << RESTRICTED.pages()) - 1), result.driverStatus());
    }
  }

  @Test
  void writePastTheEndOfMemory_isAnErrorOfTheStore() {
    try (TestMachine machine = TestMachine.storing(24L << 20, 8L, 1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(List.of(), result.operations());
    }
  }
}
