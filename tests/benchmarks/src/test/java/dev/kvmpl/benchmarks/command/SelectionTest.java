// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.benchmarks.run.Benchmark;
import dev.kvmpl.benchmarks.run.Catalog;
import java.util.List;
import org.junit.jupiter.api.Test;

class SelectionTest {
  private static List<String> names(List<String> asked, boolean quick) {
    return Selection.of(asked, quick).stream()
        .map(variant -> variant.benchmark().name())
        .distinct()
        .toList();
  }

  @Test
  void noName_meansAll() {
    assertEquals(Catalog.ALL.stream().map(Benchmark::name).toList(), names(List.of(), false));
  }

  @Test
  void noName_withQuick_meansAFew() {
    List<String> quick = names(List.of(), true);

    assertTrue(quick.contains("RoundTrip"), quick::toString);
    assertTrue(quick.size() < Catalog.ALL.size(), quick::toString);
  }

  @Test
  void name_isThatBenchmark_alsoWithQuick() {
    assertEquals(List.of("HltExit"), names(List.of("HltExit"), true));
  }

  @Test
  void star_isAnyCharacters() {
    assertEquals(List.of("PioOutExit", "PioInExit"), names(List.of("Pio*"), false));
  }

  @Test
  void partOfAName_isNone() {
    IllegalArgumentException wrong =
        assertThrows(IllegalArgumentException.class, () -> names(List.of("Mmio"), false));

    assertTrue(String.valueOf(wrong.getMessage()).startsWith("Mmio is no benchmark; there are "));
  }
}
