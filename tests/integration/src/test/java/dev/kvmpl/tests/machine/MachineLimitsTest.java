// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a guest meets when something is full: an answer. Slots are SlotLimitTest's. */
@RequiresKvm
class MachineLimitsTest {
  private static final long PAGE = PageRange.PAGE_SIZE;

  private static RunResult completed(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result;
  }

  private static List<Verdict> verdicts(RunResult result) {
    return result.operations().stream().map(Operation::verdict).toList();
  }

  /** At launch there can be no more ranges; while it runs, every page can have another owner. */
  @Test
  void ownershipOfEverySecondPage_leavesTheOthersToBeHad() {
    List<PageRange> owned =
        IntStream.range(0, ValidatorTables.OWNERSHIP_MAX)
            .mapToLong(i -> TestMachine.RESTRICTED.end() + 2 * PAGE * i)
            .mapToObj(start -> new PageRange(start, start + PAGE))
            .toList();
    long end = owned.getLast().end();
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .memory(192 << 20)
            .driver(BuiltInPayload.STORE, owned, end + PAGE, 8L, 1L, end, 8L, 2L)
            .driver(BuiltInPayload.STORE, end + 2 * PAGE, 8L, 3L)
            .build()) {
      RunResult result = completed(machine);

      assertEquals(Collections.nCopies(3, Verdict.ALLOWED), verdicts(result));
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(ValidatorTables.OWNERSHIP_MAX + 1, result.after().ownership().size());
    }
  }

  @Test
  void fullListOfGrants_isMapFull_untilTheDriverIsDone() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .validator(Payloads.validator("few_grants"))
            .driver(Payloads.driver("stores_many"), FREE, PAGE, 6L)
            .driver(Payloads.driver("stores_many"), FREE + 0x20000, PAGE, 4L)
            .build()) {
      RunResult result = completed(machine);

      assertEquals(Verdict.MAP_FULL.code() << 32 | 2, result.driverStatus().get(0));
      assertEquals(0L, result.driverStatus().get(1));
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  /** The guest kernel has 32 tables to split its large pages with. */
  @Test
  void moreLargePagesThanTheGuestKernelCanSplit_areJudgedToo() {
    long count = 40;
    long first = MemoryLayout.PAYLOADS.kernelMemory() + 0x100000; // beside what is restricted
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .memory(MemoryLayout.PAYLOADS.kernelMemory() + count * MemoryLayout.LARGE_PAGE)
            .detection(Detection.FAULT)
            .driver(Payloads.driver("stores_many"), first, MemoryLayout.LARGE_PAGE, count)
            .build()) {
      RunResult result = completed(machine);

      assertEquals(Collections.nCopies((int) count, Verdict.ALLOWED), verdicts(result));
      for (int i = 0; i < count; i++) {
        assertEquals(i + 1, machine.memory().getLong(first + MemoryLayout.LARGE_PAGE * i));
      }
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  @ParameterizedTest
  @CsvSource({"511, 0x0, 511", "512, 0x80000005, 0"})
  void pvalidateList_hasWhatItsPageHolds(int entries, String answer, int done) {
    long list = 0x3f1000; // memory of VMPL1's in which nothing else is
    long call = Abi.SVSM_CORE_PVALIDATE();
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(Payloads.driver("calls_svsm"), call, list, 0L, 0L, 1L)
            .build()) {
      machine.memory().putInt(list, entries);
      long entry = FREE | Abi.SVSM_PVALIDATE_VALIDATE() | Abi.SVSM_PVALIDATE_IGNORE_CF();
      for (int i = 0; i < 511; i++) {
        machine.memory().putLong(list + 8 + 8L * i, entry);
      }

      completed(machine);

      long rax = machine.memory().getLong(0x30000 + kvmpl_driver.arguments$offset());
      assertEquals(Long.decode(answer), rax);
      assertEquals(done << 16 | entries, machine.memory().getInt(list));
    }
  }
}
