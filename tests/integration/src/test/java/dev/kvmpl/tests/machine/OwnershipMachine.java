// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_ownership_map;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.TestMachine;
import java.util.ArrayList;
import java.util.List;

/** Runs the validator's code for the ownership map, in a guest, on a map of the test's own. */
final class OwnershipMachine {
  // In the guest kernel's memory, above its image.
  private static final long MAP = 0x200000;
  private static final long OPERATIONS = 0x300000;
  private static final long RESULT = 5 * Long.BYTES;
  private static final long OPERATION_BYTES = 6 * Long.BYTES;

  /** All that a map has, which reaches further than this machine's memory. */
  private static final int PAGES = Abi.KVMPL_PAGES_MAX();

  private OwnershipMachine() {}

  /** With the numbers that they have in kernels/ownership.c. */
  enum Kind {
    OWNER_OF(0),
    OTHER_OWNER(1),
    DESIGNATE(2),
    TRANSFER(3),
    RELEASE(4);

    private final int number;

    Kind(int number) {
      this.number = number;
    }
  }

  /** What is not used by its kind is 0, or for a range any. */
  record Operation(Kind kind, long start, long end, int driver, int to) {}

  /**
   * What came of it.
   *
   * @param results one an operation
   */
  record Outcomes(List<Long> results, List<Ownership> map) {}

  static Outcomes run(List<Ownership> map, List<Operation> operations) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("ownership"))
            .driver(BuiltInPayload.STORE, MAP, OPERATIONS, (long) operations.size())
            .build()) {
      GuestMemory memory = machine.memory();
      writeMap(memory, map);
      long at = OPERATIONS;
      for (Operation operation : operations) {
        memory.putLong(at, operation.kind().number);
        memory.putLong(at + 8, operation.start());
        memory.putLong(at + 16, operation.end());
        memory.putLong(at + 24, operation.driver());
        memory.putLong(at + 32, operation.to());
        at += OPERATION_BYTES;
      }

      assertEquals(Outcome.COMPLETED, machine.run().outcome());

      List<Long> results = new ArrayList<>();
      for (int i = 0; i < operations.size(); i++) {
        at = OPERATIONS + i * OPERATION_BYTES;
        results.add(memory.getLong(at + RESULT));
      }
      return new Outcomes(results, readMap(memory));
    }
  }

  private static void writeMap(GuestMemory memory, List<Ownership> map) {
    for (Ownership entry : map) {
      int pages = entry.range().pages();
      memory.slice(driverOf(entry.range().firstPage()), pages).fill((byte) entry.driver());
      memory.putInt(count(entry.driver()), pagesOf(memory, entry.driver()) + pages);
    }
  }

  private static List<Ownership> readMap(GuestMemory memory) {
    List<Ownership> map = new ArrayList<>();
    for (int first = 0; first < PAGES; ) {
      int driver = memory.getByte(driverOf(first));
      int end = first;
      while (end < PAGES && memory.getByte(driverOf(end)) == driver) {
        end++;
      }
      if (driver != 0) {
        map.add(new Ownership(PageRange.ofPages(first, end), driver));
      }
      first = end;
    }
    for (int driver = 1; driver < Abi.KVMPL_DRIVERS_MAX(); driver++) {
      int number = driver;
      assertEquals(
          map.stream()
              .filter(entry -> entry.driver() == number)
              .mapToInt(entry -> entry.range().pages())
              .sum(),
          pagesOf(memory, driver),
          "pages of driver " + driver);
    }
    return map;
  }

  private static int pagesOf(GuestMemory memory, int driver) {
    return memory.getInt(count(driver));
  }

  private static long count(int driver) {
    return MAP + kvmpl_ownership_map.pages$offset() + (long) driver * Integer.BYTES;
  }

  private static long driverOf(int page) {
    return MAP + kvmpl_ownership_map.driver$offset() + page;
  }
}
