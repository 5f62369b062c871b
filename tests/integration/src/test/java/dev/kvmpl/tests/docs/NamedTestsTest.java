// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whatever page names a test or one of its methods, there is one of that name. */
@Tag(SourceTree.TAG)
class NamedTestsTest {
  private static final Path ROOT = SourceTree.root();

  /** A test, and perhaps one of its methods or how some of them begin. */
  private static final Pattern NAME = Pattern.compile("`(\\w+Test)(?:[.#](\\w+)(\\*)?)?`");

  private static List<Path> files(String folder, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve(folder))) {
      return files.filter(file -> file.getFileName().toString().endsWith(suffix)).toList();
    }
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(files("docs", ".md"));
    pages.add(ROOT.resolve("README.md"));
    pages.add(ROOT.resolve("CONTRIBUTING.md"));
    pages.add(ROOT.resolve("tests/hosts/README.md"));
    return pages;
  }

  /** The tests' sources by their names, which two in different packages can share. */
  private static Map<String, String> tests() throws IOException {
    Map<String, String> tests = new HashMap<>();
    for (String folder :
        List.of(
            "tests/integration/src/test", "tests/benchmarks/src/test", "vmm/machine/src/test")) {
      for (Path file : files(folder, "Test.java")) {
        tests.merge(
            file.getFileName().toString().replace(".java", ""),
            Files.readString(file),
            String::concat);
      }
    }
    return tests;
  }

  private static boolean isThere(Map<String, String> tests, MatchResult name) {
    String source = tests.get(name.group(1));
    String method = name.group(2);
    return source != null
        && (method == null
            || source.contains("void " + method + (name.group(3) == null ? "(" : "")));
  }

  @Test
  void testThatAPageNames_isThere() throws IOException {
    Map<String, String> tests = tests();
    List<String> lacking = new ArrayList<>();
    int named = 0;
    for (Path page : pages()) {
      for (MatchResult name : NAME.matcher(Files.readString(page)).results().toList()) {
        named++;
        if (!isThere(tests, name)) {
          lacking.add(name.group() + " in " + ROOT.relativize(page));
        }
      }
    }

    assertEquals(List.of(), lacking);
    assertTrue(named > 300, named + " names: the pages are not read");
  }
}
