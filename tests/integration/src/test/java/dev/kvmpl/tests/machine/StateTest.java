// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the result says of the tables before and after. */
@RequiresKvm
class StateTest {
  private static final long END = 24 << 20;

  @Test
  void stateBefore_isTheMachinesLayout() {
    try (TestMachine machine = TestMachine.storing()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(
              new Rmp.Run(new PageRange(0x1000, 0x400000), PagePermissions.ALL),
              new Rmp.Run(new PageRange(0xf00000, 0x1000000), PagePermissions.READ),
              new Rmp.Run(new PageRange(0x1000000, END), PagePermissions.READ_EXECUTE)),
          result.before().columns().get(Vmpl.VMPL1));
      assertEquals(List.of(new Ownership(OTHERS, 1)), result.before().ownership());
    }
  }

  @Test
  void stateAfterAGrant_hasThePageWritableAndOwned() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("stores_and_halts"), FREE + 8, 8L, 1L).build()) {
      RunResult result = machine.run();

      PageRange page = new PageRange(FREE, FREE + PageRange.PAGE_SIZE);
      assertEquals(
          List.of(
              new Rmp.Run(new PageRange(0x1000, 0x400000), PagePermissions.ALL),
              new Rmp.Run(new PageRange(0xf00000, 0x1000000), PagePermissions.READ),
              new Rmp.Run(new PageRange(0x1000000, FREE), PagePermissions.READ_EXECUTE),
              new Rmp.Run(page, PagePermissions.ALL),
              new Rmp.Run(new PageRange(page.end(), END), PagePermissions.READ_EXECUTE)),
          result.after().columns().get(Vmpl.VMPL1));
      assertEquals(
          List.of(new Ownership(page, DRIVER), new Ownership(OTHERS, 1)),
          result.after().ownership());
    }
  }

  @Test
  void pagesNextToEachOther_areOneEntryOfTheMap() {
    try (TestMachine machine =
        TestMachine.storing(FREE, 1L, 1L, FREE + 8192, 1L, 1L, FREE + 4096, 1L, 1L)) {
      RunResult result = machine.run();

      assertTrue(
          result.after().ownership().stream()
              .anyMatch(entry -> entry.range().start() <= FREE && entry.range().end() > FREE));
      assertEquals(
          3 * PageRange.PAGE_SIZE,
          result.after().ownership().stream()
              .filter(entry -> entry.driver() == DRIVER)
              .mapToLong(entry -> entry.range().length())
              .sum());
    }
  }
}
