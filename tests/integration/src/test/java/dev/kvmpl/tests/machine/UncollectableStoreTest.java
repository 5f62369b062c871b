// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.machine.RunResult.Outcome;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Stores that only detection fault can complete exactly once: a clear error, nothing half-landed.
 */
@RequiresKvm
class UncollectableStoreTest {
  private static final long PAGE_END = FREE + PageRange.PAGE_SIZE;

  private static void assertRefusesToGuess(TestMachine machine) {
    RunResult result = machine.run();

    assertEquals(Outcome.FAILED, result.outcome());
    assertTrue(result.message().contains("only detection fault can complete"), result::message);
    assertTrue(result.message().contains("at rip"), result::message);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 4, 7})
  void storeAcrossTheEndsOfTwoClosedPages_fails_andNothingLands(long inFirstPage) {
    try (TestMachine machine = TestMachine.storing(PAGE_END - inFirstPage, 8L, -1L)) {
      assertRefusesToGuess(machine);

      assertArrayEquals(new byte[16], machine.memory().read(PAGE_END - 8, 16));
    }
  }

  /** KVM has put the first part into memory by the time of the exit: nothing can take it back. */
  @ParameterizedTest
  @ValueSource(longs = {2, 4, 6})
  void storeFromAnOpenPageIntoAClosedOne_fails_andItsSecondPartDoesNotLand(long inFirstPage) {
    try (TestMachine machine =
        TestMachine.storing(FREE, 1L, 0x42L, PAGE_END - inFirstPage, 8L, -1L)) {
      assertRefusesToGuess(machine);

      assertArrayEquals(new byte[8], machine.memory().read(PAGE_END, 8));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 4, 6})
  void storeFromAClosedPageIntoAnOpenOne_fails_andItsFirstPartDoesNotLand(long inFirstPage) {
    try (TestMachine machine =
        TestMachine.storing(PAGE_END, 1L, 0x42L, PAGE_END - inFirstPage, 8L, -1L)) {
      assertRefusesToGuess(machine);

      assertArrayEquals(new byte[8], machine.memory().read(PAGE_END - 8, 8));
    }
  }

  @ParameterizedTest
  @CsvSource({"2, 1", "4, 1", "4, 2", "4, 3"})
  void shorterStoreFromAnOpenPageIntoAClosedOne_fails(long length, long inFirstPage) {
    try (TestMachine machine =
        TestMachine.storing(FREE, 1L, 0x42L, PAGE_END - inFirstPage, length, -1L)) {
      assertRefusesToGuess(machine);

      assertArrayEquals(new byte[8], machine.memory().read(PAGE_END, 8));
    }
  }

  @Test
  void storeAcrossTheEndsOfTwoOpenPages_isDoneWithoutAnExit() {
    try (TestMachine machine =
        TestMachine.storing(FREE, 1L, 0L, PAGE_END, 1L, 0L, PAGE_END - 3, 8L, -1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(2, result.exits().get("MMIO"));
      assertEquals(-1, machine.memory().getLong(PAGE_END - 3));
    }
  }

  @Test
  void storeOf16Bytes_fails_andNothingLands() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("stores_16_bytes"), FREE).build()) {
      assertRefusesToGuess(machine);

      assertArrayEquals(new byte[16], machine.memory().read(FREE, 16));
    }
  }
}
