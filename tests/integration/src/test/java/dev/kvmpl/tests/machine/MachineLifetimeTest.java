// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class MachineLifetimeTest {
  @Test
  void machine_runsOnce() {
    try (TestMachine machine = TestMachine.storing()) {
      machine.run();

      assertThrows(IllegalStateException.class, machine::run);
    }
  }

  @Test
  void machineThatHasNotRun_canBeClosed_andTwice() {
    TestMachine machine = TestMachine.storing();

    machine.close();

    assertDoesNotThrow(machine::close);
  }

  @Test
  void memoryOfAClosedMachine_refusesAccess() {
    TestMachine machine = TestMachine.storing();
    machine.close();

    assertThrows(IllegalStateException.class, () -> machine.memory().getLong(FREE));
  }

  @Test
  void machineWithoutDrivers_isDoneAtOnce() {
    try (TestMachine machine = TestMachine.with().withoutOthers().build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(), result.driverStatus());
    }
  }

  @Test
  void asManyDriversAsThereMayBe_runInTheirOrder() {
    TestMachine.Builder builder = TestMachine.with().withoutOthers();
    for (long i = 0; i < 64; i++) {
      builder.driver(BuiltInPayload.STORE, FREE + i * PageRange.PAGE_SIZE, 8L, i + 1);
    }
    try (TestMachine machine = builder.build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(64, result.operations().size());
      for (int i = 0; i < 64; i++) {
        assertEquals(i + 1, result.operations().get(i).driver());
        assertEquals(i + 1, machine.memory().getLong(FREE + (long) i * PageRange.PAGE_SIZE));
      }
    }
  }

  @Test
  void twoMachinesAtOnce_doNotTouchEachOther() {
    try (TestMachine one = TestMachine.storing(FREE, 8L, 1L);
        TestMachine two = TestMachine.storing(FREE, 8L, 2L)) {
      one.run();
      two.run();

      assertEquals(1, one.memory().getLong(FREE));
      assertEquals(2, two.memory().getLong(FREE));
    }
  }
}
