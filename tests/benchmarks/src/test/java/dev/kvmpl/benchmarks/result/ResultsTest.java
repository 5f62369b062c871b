// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ResultsTest {
  @TempDir Path folder;

  @Test
  void storedResult_isRead() {
    Results results = Results.parse(StoredResults.json("X", "a CPU", 100, 200, 300));

    Entry entry = results.entries().getFirst();
    assertEquals("X pages=3", entry.label());
    assertEquals(200, entry.medianNs());
    assertEquals(List.of(100.0, 200.0, 300.0), entry.medians());
    assertEquals(OptionalDouble.of(2.5), entry.allocated());
    assertEquals(Map.of("best", List.of(1.0, 1.5)), entry.ratios());
    assertEquals(Map.of("best", 15.0), entry.cNs());
    assertEquals(Map.of("Other", "no reason"), results.notHere());
    assertEquals(Map.of("cpu", "a CPU"), results.host());
  }

  @Test
  void parts_areInTheirOrder() {
    Results results = Results.parse(StoredResults.json("X", "a CPU", 1));

    assertEquals("{1 a=5.0, 2 b=7.0}", results.entries().getFirst().parts().toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "{}",
        "3",
        "[3]",
        "[{}]",
        "[{\"kvmpl\": {\"name\": \"X\"}}]",
        "[{\"kvmpl\": {\"name\": \"X\", \"histogram\": \"AAAA\"}}]",
        "[{\"kvmpl\": {\"name\": \"X\", \"histogram\": \"!\"}}]"
      })
  void somethingElse_isRefused_withTheFilesName(String text) throws Exception {
    Path file = Files.writeString(folder.resolve("other.json"), text);

    IllegalArgumentException wrong =
        assertThrows(IllegalArgumentException.class, () -> Results.read(file));

    assertTrue(String.valueOf(wrong.getMessage()).startsWith(file + ": "), wrong::getMessage);
  }

  @Test
  void table_saysWhatWasMeasured_andWhatNot() {
    String table = Table.of(Results.parse(StoredResults.json("X", "a CPU", 1500, 1500)));

    assertTrue(table.contains("X pages=3       1.50       1.50        2.5"), table);
    assertTrue(table.contains("best 1.250 (1.000..1.500, C 0.02 us)"), table);
    assertTrue(table.contains("Other: n/a, no reason"), table);
  }
}
