// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that take as much heap, stack and time as 3 MB can, with the heap that users have. */
@Tag("subprocess")
class CostlyScenarioTest {
  private static final int MANY = 1_000_000;
  private static final String GOOD =
      "validator: { payload: validator }\ndrivers: [ { name: a, payload: store } ]\n";

  @TempDir Path folder;

  static Stream<Arguments> files() {
    return Stream.of(
        Arguments.of("values", GOOD + "watch: [" + "0, ".repeat(MANY) + "0]"),
        Arguments.of("lines", "a:\n" + "- b\n".repeat(MANY * 3 / 4)),
        Arguments.of("keys without values", "? k\n".repeat(MANY * 3 / 4)),
        Arguments.of("anchors", "k: &a 1\n".repeat(MANY / 3)),
        Arguments.of("lists in lists", GOOD + "watch: " + "[".repeat(MANY)),
        Arguments.of("lists in lists by lines", GOOD + "watch: " + "- ".repeat(MANY)),
        Arguments.of("aliases of aliases", aliases()),
        Arguments.of("a key", GOOD + "k".repeat(3 * MANY) + ": 1"),
        Arguments.of("a value", GOOD + "timeLimit: " + "1".repeat(3 * MANY)),
        Arguments.of("a value of many lines", GOOD + "timeLimit: \"" + " \n".repeat(MANY) + "\""),
        Arguments.of("hex digits", GOOD + "watch: [ { start: 0, hex: " + "ab".repeat(MANY) + "} ]"),
        Arguments.of("a tag", GOOD + "timeLimit: !<" + "%41".repeat(MANY - 100) + "> 1"),
        Arguments.of("a comment", "#".repeat(3 * MANY)),
        Arguments.of("more than 3 MB", GOOD + "#".repeat(4 * MANY)));
  }

  /** Each ten times the one before. */
  private static String aliases() {
    StringBuilder text = new StringBuilder("a0: &a0 [ { start: 0, length: 1 } ]\n");
    for (int i = 1; i < 10; i++) {
      text.append("a%d: &a%d [%s]\n".formatted(i, i, ("*a" + (i - 1) + ", ").repeat(10)));
    }
    return text + GOOD + "watch: *a9\n";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("files")
  void costlyFile_isRefusedInOneLine(String what, String text) throws Exception {
    Path file = folder.resolve("costly.yaml");
    Files.writeString(file, text);

    Command run = Command.small("run", file.toString());

    assertEquals(2, run.status(), run.err());
    assertEquals("", run.out(), what);
    assertEquals(1, run.err().lines().count(), run.err());
    assertTrue(run.err().length() < 2000, what);
  }
}
