// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.tests.support.Command;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A guest that tells of as many symbols as it may does not use up the least heap. */
@Tag("subprocess")
class ManySymbolsTest {
  @ParameterizedTest
  @CsvSource({"'', 0", "ffffffff81000000 T a, 798915", "nonsense, 0"})
  void mostSymbols_fitIntoTheLeastHeap(String line, int symbols) throws Exception {
    List<String> command = Command.line(TellsManySymbols.class, line);
    command.add(1, "-Xmx64m");

    Command told = Command.run(Map.of(), command);

    assertEquals(0, told.status(), told.err());
    assertEquals(symbols + "\n", told.out());
  }
}
