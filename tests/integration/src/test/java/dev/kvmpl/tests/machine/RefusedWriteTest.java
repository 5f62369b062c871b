// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresKvm
class RefusedWriteTest {
  private static final int OTHER = 1;

  /** The first and last bytes of each range, and a store that only ends there. */
  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(RESTRICTED.start(), 8, Verdict.RESTRICTED, 0),
        Arguments.of(RESTRICTED.start() + 0x5123, 4, Verdict.RESTRICTED, 0),
        Arguments.of(RESTRICTED.end() - 1, 1, Verdict.RESTRICTED, 0),
        Arguments.of(OTHERS.start(), 8, Verdict.OWNED_BY_OTHER, OTHER),
        Arguments.of(OTHERS.start() + 0x5123, 2, Verdict.OWNED_BY_OTHER, OTHER),
        Arguments.of(OTHERS.end() - 1, 1, Verdict.OWNED_BY_OTHER, OTHER));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusedWrite_leavesMemoryAndPermissionsUntouched(
      long gpa, int length, Verdict verdict, int owner) {
    byte[] before = new byte[8];
    Arrays.fill(before, (byte) 0xee);
    try (TestMachine machine = TestMachine.storing(gpa, (long) length, 0x42L)) {
      machine.memory().write(gpa, before);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, gpa, length, 0x42, verdict, owner)),
          result.operations());
      assertEquals(1, TestMachine.caught(result));
      assertArrayEquals(before, machine.memory().read(gpa, before.length));
      assertEquals(result.before(), result.after());
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  /** The page before and the page after each range. */
  @ParameterizedTest
  @ValueSource(longs = {0x13fffff, 0x1410000, 0x11fffff, 0x1210000})
  void writeNextToARange_isAllowed(long gpa) {
    try (TestMachine machine = TestMachine.storing(gpa, 1L, 0x42L)) {
      RunResult result = machine.run();

      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, gpa, 1, 0x42, Verdict.ALLOWED, DRIVER)),
          result.operations());
      assertEquals(0x42, machine.memory().getByte(gpa));
    }
  }

  @Test
  void refusedPage_staysClosed_andEveryWriteToItIsJudged() {
    long gpa = RESTRICTED.start();
    try (TestMachine machine = TestMachine.storing(gpa, 1L, 1L, gpa, 1L, 2L, gpa, 1L, 3L)) {
      RunResult result = machine.run();

      assertEquals(3, TestMachine.caught(result));
      assertEquals(
          List.of(Verdict.RESTRICTED, Verdict.RESTRICTED, Verdict.RESTRICTED),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }

  /** Its status is the number of answers that were not the code expected for them. */
  @Test
  void driver_getsItsErrorCodes_andGoesOnAfterEachRefusal() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.DISK, FREE, RESTRICTED.start(), OTHERS.start())
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              Verdict.ALLOWED,
              Verdict.ALREADY_OPEN,
              Verdict.RESTRICTED,
              Verdict.OWNED_BY_OTHER,
              Verdict.ALREADY_OPEN),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(TestMachine.GRANT == GrantKind.STORE ? 4 : 3, TestMachine.caught(result));
      assertEquals(0x42, machine.memory().getByte(FREE + 16));
    }
  }

  @Test
  void driver_mayWriteWhatItOwnsFromTheStart() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, List.of(OTHERS), OTHERS.start(), 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(new Operation(1, Access.WRITE, OTHERS.start(), 8, 0x42, Verdict.ALLOWED, 1)),
          result.operations());
      assertEquals(List.of(new Ownership(OTHERS, 1)), result.after().ownership());
    }
  }
}
