// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What .ci/run spares one emulated kernel it runs on another one. */
@Tag(SourceTree.TAG)
class CiSuitesTest {
  private static final Pattern SUITE = Pattern.compile("^ *'(test [^']*--host amd[^']*)'$");
  private static final Pattern LEFT_OUT = Pattern.compile("!(\\w+)");

  private static List<Set<String>> leftOut() throws IOException {
    try (Stream<String> lines = Files.lines(SourceTree.root().resolve(".ci/run"))) {
      return lines
          .flatMap(line -> SUITE.matcher(line).results().map(match -> match.group(1)))
          .map(CiSuitesTest::leftOut)
          .toList();
    }
  }

  private static Set<String> leftOut(String suite) {
    return LEFT_OUT
        .matcher(suite)
        .results()
        .map((MatchResult match) -> match.group(1))
        .collect(Collectors.toSet());
  }

  private static Set<String> classes() throws IOException {
    Path tests = SourceTree.root().resolve("tests/integration/src/test/java");
    try (Stream<Path> files = Files.walk(tests)) {
      return files
          .map(file -> file.getFileName().toString().replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void testThatOneKernelIsSpared_isThere_andRunsOnAnother() throws IOException {
    List<Set<String>> suites = leftOut();
    assertEquals(2, suites.size(), suites::toString);
    Set<String> anywhere = new HashSet<>(suites.getFirst());
    anywhere.retainAll(suites.getLast());
    assertEquals(Set.of(), anywhere);
    for (Set<String> spared : suites) {
      assertFalse(spared.isEmpty(), suites::toString);
      assertTrue(classes().containsAll(spared), spared::toString);
    }
  }
}
