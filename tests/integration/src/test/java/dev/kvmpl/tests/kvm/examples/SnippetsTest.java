// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The examples in the Javadoc are those that are compiled and run. */
@Tag(SourceTree.TAG)
class SnippetsTest {
  private static final Path SOURCES = SourceTree.root().resolve("vmm/kvm/src/main/java");
  private static final Path EXAMPLES =
      SourceTree.root().resolve("tests/integration/src/test/java/dev/kvmpl/tests/kvm/examples");
  private static final Pattern SNIPPET =
      Pattern.compile("(?s)\\{@snippet(?: id=\"(\\w+)\")? :\n(.*?)\n \\* \\}\n \\*(?:/|\n)");
  private static final Pattern EXAMPLE = Pattern.compile("(?s)// @start\n(.*?)\n *// @end");

  @Test
  void everySnippet_isTheExampleOfItsName() throws IOException {
    Map<String, String> examples = new TreeMap<>();
    for (String text : files(EXAMPLES)) {
      Matcher example = EXAMPLE.matcher(text);
      if (example.find()) {
        examples.put(className(text), example.group(1).stripIndent());
      }
    }

    Map<String, String> snippets = new TreeMap<>();
    for (String text : files(SOURCES)) {
      SNIPPET
          .matcher(text)
          .results()
          .forEach(
              snippet ->
                  snippets.put(
                      String.valueOf(snippet.group(1)),
                      snippet
                          .group(2)
                          .lines()
                          .map(line -> line.replaceFirst("^ \\* ?", ""))
                          .collect(Collectors.joining("\n"))));
    }

    assertEquals(examples, snippets);
    assertEquals(6, examples.size());
  }

  private static String className(String text) {
    Matcher name = Pattern.compile("final class (\\w+)").matcher(text);
    return name.find() ? name.group(1) : "";
  }

  private static Iterable<String> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !file.endsWith("SnippetsTest.java"))
          .sorted()
          .map(SnippetsTest::read)
          .toList();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
