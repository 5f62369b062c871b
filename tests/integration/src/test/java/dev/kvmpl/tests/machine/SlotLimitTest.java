// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** More pieces of memory than there are slots: an answer, and everything can be taken back. */
@RequiresKvm
class SlotLimitTest {
  private static final long PAGE = PageRange.PAGE_SIZE;

  /** VMPL1's: its area, the areas of levels 2 and 3, the tables, kernel memory; and room for 10. */
  private static final int SLOTS = 16;

  private static RunResult completed(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result;
  }

  private static long failures(long status) {
    return status & 0xffffffffL;
  }

  private static long answer(long status) {
    return status >>> 32;
  }

  private static List<Verdict> verdicts(RunResult result) {
    return result.operations().stream().map(Operation::verdict).toList();
  }

  private static int pieces(RunResult.State state) {
    return state.columns().getOrDefault(Vmpl.VMPL2, List.of()).size();
  }

  @Test
  void storesToScatteredPages_areRefusedAsMapFull_whenSlotsRunOut() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("stores_many"), FREE, 2 * PAGE, 20L)
            .build()
            .withSlots(SLOTS)) {
      RunResult result = completed(machine);

      long refused = failures(result.driverStatus().getFirst());
      assertTrue(refused > 10 && refused < 18, refused + " refused");
      assertEquals(Verdict.MAP_FULL.code(), answer(result.driverStatus().getFirst()));
      for (int i = 0; i < 20; i++) {
        boolean allowed = i < 20 - refused;
        Operation operation = result.operations().get(i);
        assertEquals(allowed ? Verdict.ALLOWED : Verdict.MAP_FULL, operation.verdict());
        assertEquals(allowed ? 1 : 0, operation.owner());
        assertEquals(allowed ? i + 1L : 0, machine.memory().getLong(FREE + 2 * PAGE * i));
      }
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  /** What a refused page would have been part of is as it was. */
  @Test
  void pageThatIsRefused_isNotOwned() {
    PageRange left = new PageRange(FREE + 2 * PAGE, FREE + 3 * PAGE);
    PageRange right = new PageRange(FREE + 4 * PAGE, FREE + 5 * PAGE);
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, List.of(left, right), left.end(), 8L, 1L, FREE, 8L, 1L)
            .build()
            .withSlots(0)) {
      RunResult result = completed(machine);

      assertEquals(List.of(Verdict.MAP_FULL, Verdict.MAP_FULL), verdicts(result));
      assertEquals(
          List.of(new Ownership(left, 1), new Ownership(right, 1)), result.after().ownership());
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  /** One slot as long as they are open, but room is kept for closing every second one. */
  @Test
  void neighbours_areRefusedTooWhenTheyCouldNotBeClosedOneByOne() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("stores_many"), FREE, PAGE, 40L)
            .build()
            .withSlots(SLOTS)) {
      RunResult result = completed(machine);

      assertTrue(verdicts(result).contains(Verdict.MAP_FULL), () -> "" + verdicts(result));
      assertTrue(failures(result.driverStatus().getFirst()) < 34);
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  @Test
  void nextDriver_hasTheSlotsThatTheOneBeforeHad() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("stores_many"), FREE, 2 * PAGE, 20L)
            .driver(Payloads.driver("stores_many"), FREE + 0x40000, 2 * PAGE, 20L)
            .build()
            .withSlots(SLOTS)) {
      RunResult result = completed(machine);

      assertTrue(failures(result.driverStatus().get(0)) > 0);
      assertEquals(result.driverStatus().get(0), result.driverStatus().get(1));
    }
  }

  @Test
  void rmpadjustThatNeedsMoreSlots_saysSo_andChangesNothing() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("adjusts_many"), FREE, 2 * PAGE, 20L, 2L, 0L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(0), FREE + PAGE, 8L, 1L)
            .build()
            .withSlots(SLOTS)) {
      RunResult result = completed(machine);

      long status = result.driverStatus().getFirst();
      assertEquals(Abi.KVMPL_RMP_FAIL_NO_ROOM(), answer(status));
      // A page that is taken away is one piece more.
      assertEquals(20 - failures(status), pieces(result.after()) - pieces(result.before()));
      assertEquals(0L, result.driverStatus().get(1));
    }
  }

  @Test
  void rescindThatNeedsMoreSlots_saysSo_andChangesNothing() {
    long list = 0x3f1000; // memory of VMPL1's in which nothing else is
    long call = Abi.SVSM_CORE_PVALIDATE();
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("calls_svsm"), call, list, 0L, 0L, 1L)
            .build()
            .withSlots(0)) {
      machine.memory().putInt(list, 1); // one entry, none done
      machine.memory().putLong(list + 8, FREE); // 4 KiB, rescind

      RunResult result = completed(machine);

      assertEquals(result.before(), result.after());
      assertEquals(1L, result.driverStatus().getFirst());
      assertEquals(
          0x80001080L, machine.memory().getLong(0x30000 + kvmpl_driver.arguments$offset()));
      assertEquals(1, machine.memory().getInt(list), "next is still the first");
    }
  }
}
