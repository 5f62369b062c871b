// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.GuestMemory;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("host-kernel")
class GuestMemoryTest {
  private static final long SIZE = 0x4000;

  @Test
  void newMemory_isZero() {
    try (GuestMemory memory = GuestMemory.allocate(SIZE)) {
      assertArrayEquals(new byte[(int) SIZE], memory.read(0, (int) SIZE));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void store_writesItsLowBytesAndNoOthers(int length) {
    byte[] expected = new byte[24];
    for (int i = 0; i < length; i++) {
      expected[8 + i] = (byte) (0x11 * (i + 1));
    }
    try (GuestMemory memory = GuestMemory.allocate(SIZE)) {
      memory.store(0xffb, length, 0x8877665544332211L); // across a page's end from 6 bytes on

      assertArrayEquals(expected, memory.read(0xff3, 24));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0x4000", "0x3fff, 1", "0x4000, 0"})
  void rangeInside_isContained(String gpa, String length) {
    try (GuestMemory memory = GuestMemory.allocate(SIZE)) {
      assertTrue(memory.contains(Long.decode(gpa), Long.decode(length)));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x3fff, 2",
    "0x4000, 1",
    "-1, 1",
    "0, -1",
    "0x7fffffffffffffff, 0x7fffffffffffffff",
    "0, 0x7fffffffffffffff"
  })
  void rangeNotInside_isNotContained(String gpa, String length) {
    try (GuestMemory memory = GuestMemory.allocate(SIZE)) {
      assertFalse(memory.contains(Long.decode(gpa), Long.decode(length)));
    }
  }

  @Test
  void accessOutside_isRefused() {
    try (GuestMemory memory = GuestMemory.allocate(SIZE)) {
      assertThrows(IndexOutOfBoundsException.class, () -> memory.putLong(SIZE - 7, 1));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.getLong(-8));
      assertThrows(IndexOutOfBoundsException.class, () -> memory.store(SIZE, 1, 1));
    }
  }

  @Test
  void closedMemory_refusesAccess() {
    GuestMemory memory = GuestMemory.allocate(SIZE);
    memory.close();

    assertThrows(IllegalStateException.class, () -> memory.getLong(0));
  }

  @Test
  void memory_canBeClosedTwice() {
    GuestMemory memory = GuestMemory.allocate(SIZE);

    memory.close();

    assertDoesNotThrow(memory::close);
  }

  @ParameterizedTest
  @CsvSource({"0x100, 1", "0x101, 1", "0x106, 2", "0x103, 3", "0x104, 4", "0x100, 8"})
  void replace_storesWhatIsAsExpected_andNothingBeside(String gpa, int length) {
    long at = Long.decode(gpa);
    try (GuestMemory memory = GuestMemory.allocate(SIZE)) {
      memory.putLong(0xf8, -1);
      memory.putLong(0x100, 0x8877665544332211L);
      memory.putLong(0x108, -1);
      byte[] expected = memory.read(0xf8, 24);
      for (int i = 0; i < length; i++) {
        expected[(int) (at - 0xf8) + i] = (byte) (0xa0 + i);
      }

      assertTrue(GuestMemory.isReplaceable(at, length));
      assertFalse(memory.replace(at, length, memory.load(at, length) ^ 1, 0));
      assertTrue(memory.replace(at, length, memory.load(at, length), 0xa7a6a5a4a3a2a1a0L));
      assertArrayEquals(expected, memory.read(0xf8, 24));
    }
  }

  @Test
  void bytesOfTwoWords_areNotReplaceable() {
    assertFalse(GuestMemory.isReplaceable(0x101, 8));
    assertFalse(GuestMemory.isReplaceable(0x107, 2));
  }
}
