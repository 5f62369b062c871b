// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A protected virtual page leads where it led at launch, and nothing else leads there. */
@RequiresKvm
class ProtectedRangeTest {
  private static final long PAGE = PageRange.PAGE_SIZE;
  private static final PageRange PROTECTED = new PageRange(0x1600000, 0x1604000);
  private static final long ELSEWHERE = 0x1500000;
  private static final long WRITABLE = 3; // and present
  private static final long READABLE = 1;
  private static final long TABLES = 0x3e0000; // unused, in VMPL1's own memory
  private static final long VMPL1_TABLES = 0x8000; // the first of them, at launch

  private static long[] store(long gpa) {
    return new long[] {0, gpa, 8, 0x42};
  }

  private static long[] map(long virtual, long physical, long flags) {
    return new long[] {1, virtual, physical, flags};
  }

  private static long[] loadCr3(long root) {
    return new long[] {2, root, 0, 0};
  }

  private static Long[] all(long[]... parts) {
    return Arrays.stream(parts).flatMapToLong(Arrays::stream).boxed().toArray(Long[]::new);
  }

  private static TestMachine remapping(Long... arguments) {
    return TestMachine.with()
        .protectedVirtual(PROTECTED)
        .driver(BuiltInPayload.REMAP, arguments)
        .build();
  }

  private static List<Verdict> verdicts(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result.operations().stream().map(Operation::verdict).toList();
  }

  @ParameterizedTest
  @EnumSource(names = {"TRAP", "REFLECT"})
  void driverThatLeavesItsTablesAsTheyAre_isJudgedAsEver(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .detection(detection)
            .protectedVirtual(PROTECTED)
            .driver(
                BuiltInPayload.REMAP,
                all(store(FREE), store(PROTECTED.start()), store(PROTECTED.end() - 8)))
            .build()) {
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.RESTRICTED, Verdict.RESTRICTED), verdicts(machine));
      assertEquals(0, machine.memory().getLong(PROTECTED.start()));
    }
  }

  /** The guest kernel changes the tables itself then, and no translation by it. */
  @Test
  void guestKernelThatDetectsByItsTables_isNotInTheWay() {
    try (TestMachine machine =
        TestMachine.with()
            .detection(Detection.FAULT)
            .protectedVirtual(PROTECTED)
            .driver(
                BuiltInPayload.STORE,
                FREE,
                8L,
                1L,
                FREE + PAGE,
                8L,
                2L,
                PROTECTED.start(),
                8L,
                3L,
                PROTECTED.end(),
                8L,
                4L)
            .build()) {
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALLOWED, Verdict.RESTRICTED, Verdict.ALLOWED),
          verdicts(machine));
    }
  }

  /** Elsewhere, to the next protected page, and to nothing. */
  @ParameterizedTest
  @CsvSource({"0x1500000, 3", "0x1500000, 1", "0x1601000, 1", "0x1600000, 0", "0x80000000, 3"})
  void protectedPageThatLeadsElsewhere_hasEverythingRefused_untilItIsPutRight(
      String physical, long flags) {
    try (TestMachine machine =
        remapping(
            all(
                store(FREE),
                map(PROTECTED.start(), Long.decode(physical), flags),
                store(FREE + PAGE),
                map(PROTECTED.start(), PROTECTED.start(), WRITABLE),
                store(FREE + PAGE)))) {
      assertEquals(List.of(Verdict.ALLOWED, Verdict.REMAPPED, Verdict.ALLOWED), verdicts(machine));
    }
  }

  @Test
  void anyPageOfTheRange_isProtected() {
    try (TestMachine machine =
        remapping(all(map(PROTECTED.end() - PAGE, ELSEWHERE, WRITABLE), store(FREE)))) {
      assertEquals(List.of(Verdict.REMAPPED), verdicts(machine));
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  @Test
  void pageBesideTheRange_isNot() {
    try (TestMachine machine =
        remapping(
            all(
                map(PROTECTED.end(), ELSEWHERE, WRITABLE),
                map(PROTECTED.start() - PAGE, ELSEWHERE, WRITABLE),
                store(FREE)))) {
      assertEquals(List.of(Verdict.ALLOWED), verdicts(machine));
    }
  }

  /** From kernel memory, from below, and from where nothing was mapped. */
  @ParameterizedTest
  @ValueSource(longs = {ELSEWHERE, 0x3f0000, 0x2000000})
  void otherPageThatLeadsToAProtectedOne_hasEverythingRefused_andItsStoreIsCaught(long alias) {
    try (TestMachine machine =
        remapping(
            all(
                map(alias, PROTECTED.start() + PAGE, WRITABLE),
                store(FREE),
                store(alias),
                map(alias, ELSEWHERE, WRITABLE),
                store(FREE)))) {
      assertEquals(List.of(Verdict.REMAPPED, Verdict.REMAPPED, Verdict.ALLOWED), verdicts(machine));
      assertEquals(0, machine.memory().getLong(PROTECTED.start() + PAGE));
    }
  }

  @Test
  void aliasThatCannotBeWritten_isNone() {
    try (TestMachine machine =
        remapping(all(map(ELSEWHERE, PROTECTED.start(), READABLE), store(FREE)))) {
      assertEquals(List.of(Verdict.ALLOWED), verdicts(machine));
    }
  }

  @Test
  void largePageOverAProtectedOne_isAnAlias() {
    try (TestMachine machine =
        TestMachine.with()
            .protectedVirtual(PROTECTED)
            .driver(
                BuiltInPayload.REMAP,
                all(loadCr3(TABLES), store(FREE), loadCr3(VMPL1_TABLES), store(FREE)))
            .build()) {
      identity(machine, TABLES);
      machine.memory().putLong(TABLES + 2 * PAGE + 100 * 8, 0x1600000 | WRITABLE | 0x80);

      assertEquals(List.of(Verdict.REMAPPED, Verdict.ALLOWED), verdicts(machine));
    }
  }

  @Test
  void otherTablesThatLeadToTheSame_arePermitted() {
    try (TestMachine machine =
        TestMachine.with()
            .protectedVirtual(PROTECTED)
            .driver(
                BuiltInPayload.REMAP,
                all(store(FREE), loadCr3(TABLES), store(FREE + PAGE), loadCr3(VMPL1_TABLES)))
            .build()) {
      identity(machine, TABLES);

      assertEquals(List.of(Verdict.ALLOWED, Verdict.ALLOWED), verdicts(machine));
    }
  }

  /** Each entry of the first table leads to itself: a search would not come to an end. */
  @Test
  void tablesWithoutEnd_areNotSearchedForEver_andNotTrusted() {
    try (TestMachine machine =
        TestMachine.with()
            .protectedVirtual(PROTECTED)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      for (int entry = 1; entry < 512; entry++) {
        machine.memory().putLong(VMPL1_TABLES + entry * 8L, VMPL1_TABLES | WRITABLE);
      }
      assertEquals(List.of(Verdict.REMAPPED), verdicts(machine));
    }
  }

  @Test
  void portOfADriverWithRemappedPages_isRefusedToo() {
    try (TestMachine machine =
        TestMachine.with()
            .protectedVirtual(PROTECTED)
            .driver(BuiltInPayload.REMAP, all(map(PROTECTED.start(), ELSEWHERE, WRITABLE)))
            .driver(BuiltInPayload.OPERATE, 4L, 0x80L, 1L, 1L)
            .permissions(new Permission(Access.PORT_WRITE, 0x80, 0x81))
            .build()) {
      assertEquals(List.of(Verdict.REMAPPED), verdicts(machine));
    }
  }

  @Test
  void driverOfAnotherLevel_isJudgedByItsOwnTables() {
    try (TestMachine machine =
        TestMachine.with()
            .protectedVirtual(PROTECTED)
            .driver(
                BuiltInPayload.REMAP,
                Vmpl.VMPL2,
                List.of(0),
                all(store(FREE), map(PROTECTED.start(), ELSEWHERE, WRITABLE), store(FREE + PAGE)))
            .driver(BuiltInPayload.REMAP, all(store(FREE + PAGE)))
            .build()) {
      assertEquals(List.of(Verdict.ALLOWED, Verdict.REMAPPED, Verdict.ALLOWED), verdicts(machine));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 8, 16, 24})
  void storeIntoTheTable_isRefused(long offset) {
    try (TestMachine machine =
        remapping(
            all(
                store(Abi.KVMPL_PROTECTED_GPA() + offset),
                map(PROTECTED.start(), ELSEWHERE, WRITABLE),
                store(FREE)))) {
      assertEquals(List.of(Verdict.RESTRICTED, Verdict.REMAPPED), verdicts(machine));
    }
  }

  /** Without `protected` a virtual address is nobody's business; the memory behind it is. */
  @Test
  void storeThroughAnAliasOfARestrictedPage_isRestricted() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                BuiltInPayload.REMAP,
                all(map(ELSEWHERE, RESTRICTED.start(), WRITABLE), store(ELSEWHERE)))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(RESTRICTED.start(), result.operations().getFirst().gpa());
      assertEquals(Verdict.RESTRICTED, result.operations().getFirst().verdict());
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  /** Tables of large pages at {@code root}, in which virtual is physical. */
  private static void identity(TestMachine machine, long root) {
    machine.memory().putLong(root, (root + PAGE) | WRITABLE);
    machine.memory().putLong(root + PAGE, (root + 2 * PAGE) | WRITABLE);
    for (long large = 0; large < 12; large++) {
      machine.memory().putLong(root + 2 * PAGE + large * 8, large << 21 | WRITABLE | 0x80);
    }
  }
}
