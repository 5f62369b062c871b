// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.kvmpl_ownership;
import dev.kvmpl.bindings.abi.kvmpl_ownership_map;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.TestMachine;
import java.util.ArrayList;
import java.util.List;

/** Runs the validator's code for the ownership map, in a guest, on a map of the test's own. */
final class OwnershipMachine {
  // In the guest kernel's memory, above its image.
  private static final long MAP = 0x200000;
  private static final long OPERATIONS = 0x280000;
  private static final long RESULT = 5 * Long.BYTES;
  private static final long OPERATION_BYTES = 7 * Long.BYTES;

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
   * @param lookedAt how many entries of the map each operation looked at
   */
  record Outcomes(List<Long> results, List<Long> lookedAt, List<Ownership> map) {}

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
      List<Long> lookedAt = new ArrayList<>();
      for (int i = 0; i < operations.size(); i++) {
        at = OPERATIONS + i * OPERATION_BYTES;
        results.add(memory.getLong(at + RESULT));
        lookedAt.add(memory.getLong(at + RESULT + Long.BYTES));
      }
      return new Outcomes(results, lookedAt, readMap(memory));
    }
  }

  private static void writeMap(GuestMemory memory, List<Ownership> map) {
    memory.putLong(MAP + kvmpl_ownership_map.count$offset(), map.size());
    for (int i = 0; i < map.size(); i++) {
      long entry = entry(i);
      memory.putLong(entry + kvmpl_ownership.start$offset(), map.get(i).range().start());
      memory.putLong(entry + kvmpl_ownership.end$offset(), map.get(i).range().end());
      memory.putLong(entry + kvmpl_ownership.driver$offset(), map.get(i).driver());
    }
  }

  private static List<Ownership> readMap(GuestMemory memory) {
    List<Ownership> map = new ArrayList<>();
    long count = memory.getLong(MAP + kvmpl_ownership_map.count$offset());
    for (int i = 0; i < count; i++) {
      long entry = entry(i);
      map.add(
          new Ownership(
              new PageRange(
                  memory.getLong(entry + kvmpl_ownership.start$offset()),
                  memory.getLong(entry + kvmpl_ownership.end$offset())),
              Math.toIntExact(memory.getLong(entry + kvmpl_ownership.driver$offset()))));
    }
    return map;
  }

  private static long entry(int index) {
    return MAP + kvmpl_ownership_map.entries$offset() + index * kvmpl_ownership.sizeof();
  }
}
