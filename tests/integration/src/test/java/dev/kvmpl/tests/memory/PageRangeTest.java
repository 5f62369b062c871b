// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.PageRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PageRangeTest {
  @ParameterizedTest
  @CsvSource({"0x1000, 0x1000", "0x2000, 0x1000", "0x1001, 0x2000", "0x1000, 0x2fff", "-4096, 0"})
  void boundsThatAreNoWholePages_areRefused(String start, String end) {
    assertThrows(
        IllegalArgumentException.class, () -> new PageRange(Long.decode(start), Long.decode(end)));
  }

  @Test
  void range_knowsItsPagesAndBytes() {
    PageRange range = new PageRange(0x3000, 0x5000);

    assertEquals(3, range.firstPage());
    assertEquals(5, range.endPage());
    assertEquals(0x2000, range.length());
    assertEquals("0x3000..0x5000", range.toString());
  }

  @Test
  void ranges_overlapOnlyWhenTheyShareAByte() {
    PageRange range = new PageRange(0x3000, 0x5000);

    assertTrue(range.overlaps(new PageRange(0x4000, 0x6000)));
    assertTrue(range.overlaps(new PageRange(0x1000, 0x9000)));
    assertFalse(range.overlaps(new PageRange(0x5000, 0x6000)));
    assertFalse(range.overlaps(new PageRange(0x2000, 0x3000)));
  }
}
