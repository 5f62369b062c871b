// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresKvm
class AllowedWriteTest {
  private static final long DATA = 0x8877665544332211L;

  /** Every length, at the page's start, in its middle and at its end. */
  static Stream<Arguments> places() {
    return Stream.of(1, 2, 4, 8)
        .flatMap(
            length ->
                Stream.of(0, 1001, PageRange.PAGE_SIZE - length)
                    .map(offset -> Arguments.of(offset, length)));
  }

  @ParameterizedTest
  @MethodSource("places")
  void allowedWrite_landsOnceWithItsBytesAndNoOthers(int offset, int length) {
    long data = length == 8 ? DATA : DATA & ((1L << (8 * length)) - 1);
    byte[] before = new byte[3 * PageRange.PAGE_SIZE];
    Arrays.fill(before, (byte) 0xee);
    byte[] expected = before.clone();
    byte[] stored = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(DATA).array();
    System.arraycopy(stored, 0, expected, PageRange.PAGE_SIZE + offset, length);
    try (TestMachine machine = TestMachine.storing(FREE + offset, (long) length, DATA)) {
      machine.memory().write(FREE - PageRange.PAGE_SIZE, before);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(
                  DRIVER, Access.WRITE, FREE + offset, length, data, Verdict.ALLOWED, DRIVER)),
          result.operations());
      assertEquals(1, TestMachine.caught(result));
      assertArrayEquals(expected, machine.memory().read(FREE - PageRange.PAGE_SIZE, before.length));
      assertEquals(List.of(0L, 0L), result.driverStatus());
    }
  }

  /** Nothing of these crosses a page's end, though their prefixless forms would. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 4, 8})
  void allowedWriteNextToAnOpenPage_lands(long length) {
    long gpa = FREE + PageRange.PAGE_SIZE - length;
    try (TestMachine machine =
        TestMachine.storing(FREE + PageRange.PAGE_SIZE, 1L, 0L, gpa, length, -1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALLOWED),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(-1, machine.memory().getByte(gpa));
      assertEquals(0, machine.memory().getByte(gpa - 1));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 4, 8})
  void allowedWriteAfterAnOpenPage_lands(long length) {
    long gpa = FREE + PageRange.PAGE_SIZE;
    try (TestMachine machine = TestMachine.storing(FREE, 1L, 0L, gpa, length, -1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(-1, machine.memory().getByte(gpa));
      assertEquals(0, machine.memory().getByte(gpa + length));
    }
  }
}
