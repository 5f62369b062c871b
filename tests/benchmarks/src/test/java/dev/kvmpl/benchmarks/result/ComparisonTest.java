// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.benchmarks.result.Comparison.Change;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final double TOLERANCE = 0.1;

  private static Results results(String name, String host, long... medians) {
    return Results.parse(StoredResults.json(name, host, medians));
  }

  private static Comparison compare(long[] old, long[] now) {
    return Comparison.of(results("X", "a", old), results("X", "a", now), TOLERANCE);
  }

  @Test
  void whatTakesLongerEachTime_isSlower() {
    Comparison comparison =
        compare(new long[] {100, 101, 102, 103}, new long[] {130, 131, 132, 133});

    assertEquals(Change.SLOWER, comparison.rows().getFirst().change());
    assertTrue(comparison.isSlower());
  }

  @Test
  void whatTakesLessEachTime_isFaster() {
    Comparison comparison =
        compare(new long[] {130, 131, 132, 133}, new long[] {100, 101, 102, 103});

    assertEquals(Change.FASTER, comparison.rows().getFirst().change());
    assertFalse(comparison.isSlower());
  }

  @Test
  void lessThanTheTolerance_isNoChange() {
    Comparison comparison = compare(new long[] {100, 101, 102}, new long[] {107, 108, 109});

    assertEquals(Change.SAME, comparison.rows().getFirst().change());
  }

  @Test
  void whatVaries_isNoChange_thoughItsMedianIsHigher() {
    Comparison comparison =
        compare(new long[] {100, 101, 102, 103, 104}, new long[] {60, 100, 140, 180, 220});

    assertEquals(Change.SAME, comparison.rows().getFirst().change());
    assertTrue(comparison.rows().getFirst().ratio().low() < 1);
    assertTrue(comparison.rows().getFirst().ratio().high() > 1.3);
  }

  @Test
  void onlyWhatBothHave_isCompared() {
    Comparison comparison = Comparison.of(results("X", "a", 1), results("Y", "a", 1), TOLERANCE);

    assertEquals(0, comparison.rows().size());
  }

  @Test
  void otherHost_isNoticed() {
    assertTrue(compare(new long[] {1}, new long[] {1}).sameHost());
    assertFalse(Comparison.of(results("X", "a", 1), results("X", "b", 1), TOLERANCE).sameHost());
  }
}
