// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Page tables where the driver may not write. Intel's paging-write permission lets a walk alone set
 * bits in such tables; a slot has one permission for stores and walks. What then happens differs
 * with the host's way of paging, and so does what is expected here.
 */
@RequiresKvm
class ReadOnlyTablesTest {
  private static final long PAGE = PageRange.PAGE_SIZE;
  private static final long ROOT = RESTRICTED.start();
  private static final long DIRECTORY = ROOT + 2 * PAGE;
  private static final long VMPL1_TABLES = 0x8000; // the first of them, at launch
  private static final long WRITABLE = 3; // and present
  private static final long ACCESSED = 0x20;
  private static final long LARGE = 0x80;
  private static final long SAME_OFFSET =
      FREE; // as the entry in the first table, at which a walk stops
  private static final long FIRST_ENTRY = (ROOT + PAGE) | WRITABLE;
  private static final boolean SHADOW = Host.detect().backend().endsWith("/shadow");

  private static TestMachine machine(long root) {
    TestMachine machine =
        TestMachine.with()
            .timeLimit(Duration.ofSeconds(10))
            .driver(
                BuiltInPayload.REMAP,
                2L,
                root,
                0L,
                0L,
                0L,
                FREE,
                8L,
                1L,
                0L,
                DIRECTORY + 8 * 8,
                8L,
                -1L,
                2L,
                VMPL1_TABLES,
                0L,
                0L,
                0L,
                DIRECTORY + 8 * 8,
                8L,
                -1L)
            .build();
    writeTables(machine, root);
    return machine;
  }

  private static void writeTables(TestMachine machine, long root) {
    machine.memory().putLong(root, (root + PAGE) | WRITABLE);
    machine.memory().putLong(root + PAGE, (root + 2 * PAGE) | WRITABLE);
    for (long large = 0; large < 12; large++) {
      machine.memory().putLong(root + 2 * PAGE + large * 8, entryOf(large));
    }
  }

  private static long entryOf(long large) {
    return large << 21 | WRITABLE | LARGE;
  }

  /** The rule, whatever the way of paging: a store into them is caught and refused. */
  @Test
  void storeIntoThem_neverLands() {
    try (TestMachine machine = machine(ROOT)) {
      byte[] before = machine.memory().read(ROOT, 3 * (int) PAGE);

      machine.run();

      assertArrayEquals(before, machine.memory().read(ROOT, 3 * (int) PAGE));
    }
  }

  /**
   * With shadow paging KVM walks, and leaves the bits alone. With nested paging the CPU's walk asks
   * for write, and what comes of that is the host's affair; but it is nobody's store, and sets
   * nothing.
   */
  @Test
  void walkThroughThem_goesOnWithShadowPaging_andSetsNoAccessedBitsAnywhere() {
    try (TestMachine machine = machine(ROOT)) {
      RunResult result = machine.run();

      if (TestMachine.ENFORCEMENT == EnforcementKind.MAPPING) {
        assertEndsForItsTables(result);
      } else if (SHADOW) {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        assertEquals(
            List.of(Verdict.ALLOWED, Verdict.RESTRICTED, Verdict.RESTRICTED),
            result.operations().stream().map(Operation::verdict).toList());
      }
      for (Operation operation : result.operations()) {
        if (operation.gpa() >= ROOT && operation.gpa() < ROOT + 3 * PAGE) {
          assertEquals(Verdict.RESTRICTED, operation.verdict(), operation::toString);
        }
      }
      assertEquals(0, machine.memory().getLong(DIRECTORY) & ACCESSED);
    }
  }

  private static void assertEndsForItsTables(RunResult result) {
    assertEquals(Outcome.FAILED, result.outcome());
    assertTrue(
        result.message().contains("its page tables are in memory that it may not write"),
        result::message);
  }

  /**
   * Accesses 8 bytes that have the offset in their page that their first entry has in its table.
   */
  private static TestMachine accessing(boolean stores, long data) {
    TestMachine machine =
        TestMachine.with()
            .timeLimit(Duration.ofSeconds(10))
            .driver(Payloads.driver("walks_over"), ROOT, SAME_OFFSET, stores ? 1L : 0L, data)
            .build();
    writeTables(machine, ROOT);
    return machine;
  }

  /** KVM tells of a store to the entry then, and the store to the page would be lost. */
  @Test
  void storeOverThem_isDone_orEndsTheMachine() {
    try (TestMachine machine = accessing(true, 0x42)) {
      RunResult result = machine.run();

      boolean bySlots = TestMachine.ENFORCEMENT == EnforcementKind.SLOTS;
      if (bySlots && (SHADOW || result.outcome() == Outcome.COMPLETED)) {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        assertEquals(0x42, machine.memory().getLong(SAME_OFFSET));
      } else {
        assertEndsForItsTables(result);
      }
      assertEquals(FIRST_ENTRY, machine.memory().getLong(ROOT));
    }
  }

  /** There is no exit that could be noticed: docs/security.md does not promise that load. */
  @Test
  void loadOverThem_mayHaveTheEntryWithSlotsAndNestedPaging() {
    try (TestMachine machine = accessing(false, 0)) {
      machine.memory().putLong(SAME_OFFSET, 0x5ec4e7);

      RunResult result = machine.run();

      if (TestMachine.ENFORCEMENT == EnforcementKind.SLOTS) {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        long loaded = result.driverStatus().getLast();
        assertTrue(loaded == 0x5ec4e7 || (!SHADOW && loaded == FIRST_ENTRY), () -> "" + loaded);
      } else {
        assertEndsForItsTables(result);
      }
    }
  }

  /** The same tables in memory that may be written: there a walk sets bits, and a store lands. */
  @Test
  void walkThroughWritableOnes_setsAccessedBits() {
    long root = 0x3e0000; // unused, in VMPL1's own memory
    try (TestMachine machine = machine(root)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(ACCESSED, machine.memory().getLong(root + 2 * PAGE) & ACCESSED);
    }
  }
}
