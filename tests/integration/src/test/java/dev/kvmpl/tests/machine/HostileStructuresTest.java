// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever VMPL1 writes into its own structures, the ownership map keeps to what is true. */
@RequiresKvm
class HostileStructuresTest {
  // In VMPL1's area: what describes drivers and their requests, then the first processor's pages.
  private static final Long[] STRUCTURES = {
    4L, 0x30000L, 0x80000L, 0x81000L, 0x82000L, 0x82000L, 0x83000L, 0x85000L, 0x8d000L
  };

  private static Long[] scribbling(long... stores) {
    return Stream.concat(Arrays.stream(STRUCTURES), Arrays.stream(stores).boxed())
        .toArray(Long[]::new);
  }

  private static Operation operation(long gpa, Verdict verdict, int owner) {
    return new Operation(DRIVER, Access.WRITE, gpa, 1, 1, verdict, owner);
  }

  @Test
  void driverThatFillsEveryStructureWithOnes_changesNothingThatIsDecided() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("scribbles_structures"),
                scribbling(OTHERS.start(), FREE, Abi.KVMPL_OWNERSHIP_GPA()))
            .build()) {
      RunResult result = machine.run();

      if (TestMachine.PENDING) { // with its TSS there is no stack left for the exception
        assertEquals(Outcome.FAILED, result.outcome());
        assertEquals(
            List.of(operation(OTHERS.start(), Verdict.OWNED_BY_OTHER, 1)), result.operations());
        assertEquals(List.of(new Ownership(OTHERS, 1)), result.after().ownership());
        return;
      }
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              operation(OTHERS.start(), Verdict.OWNED_BY_OTHER, 1),
              operation(FREE, Verdict.ALLOWED, DRIVER),
              operation(Abi.KVMPL_OWNERSHIP_GPA(), Verdict.RESTRICTED, 0)),
          result.operations());
      assertEquals(
          List.of(
              new Ownership(new PageRange(FREE, FREE + PageRange.PAGE_SIZE), DRIVER),
              new Ownership(OTHERS, 1)),
          result.after().ownership());
    }
  }

  /** The count, the first entry's start, end and driver, and what comes after the last entry. */
  @ParameterizedTest
  @ValueSource(longs = {0, 8, 16, 24, 32, 0x60000})
  void storeIntoTheMap_isRefused_andTheMapIsAsItWas(long offset) {
    long gpa = Abi.KVMPL_OWNERSHIP_GPA() + offset;
    try (TestMachine machine = TestMachine.storing(gpa, 8L, -1L, OTHERS.start(), 8L, 1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.RESTRICTED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(result.before(), result.after());
    }
  }

  /** Every driver's number is given as the one that owns the range. */
  @Test
  void kernelThatLiesAboutWhoADriverIs_isNotBelieved() {
    try (TestMachine machine =
        TestMachine.with()
            .kernel(Payloads.kernel("lies"))
            .driver(BuiltInPayload.STORE, OTHERS.start(), 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(
                  DRIVER, Access.WRITE, OTHERS.start(), 8, 0x42, Verdict.OWNED_BY_OTHER, 1)),
          result.operations());
      assertEquals(0, machine.memory().getLong(OTHERS.start()));
      assertEquals(result.before(), result.after());
    }
  }

  /**
   * A driver's structure is in its level's memory. The guest kernel does not write where a lower
   * level says: what is in VMPL1's memory at that address stays as it is, and the driver is started
   * as it was loaded.
   */
  @ParameterizedTest
  @ValueSource(longs = {0x3f0000, 0, -1})
  void structureThatALowerLevelHasRewritten_isNotBelievedByTheGuestKernel(long value) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(
                Payloads.driver("rewrites_others"),
                Vmpl.VMPL2,
                List.of(0),
                0x430000 + kvmpl_driver.sizeof(),
                value)
            .driver(Payloads.driver("panics"), Vmpl.VMPL2, List.of(0))
            .build()) {
      RunResult result = machine.run();

      assertTrue(
          result.message().startsWith("the guest of vcpu2-vmpl2 panicked: exception 6"),
          result::message);
      assertEquals(
          -1,
          machine
              .memory()
              .slice(0x3f0000, 0x1000)
              .mismatch(machine.memory().slice(0x3f1000, 0x1000)));
    }
  }
}
