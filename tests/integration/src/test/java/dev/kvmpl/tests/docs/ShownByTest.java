// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What docs/security.md, docs/protocol.md and docs/limits.md say is said with the tests that show
 * it, and these exist: each paragraph, each item of a list, each row of a table.
 */
@Tag(SourceTree.TAG)
class ShownByTest {
  private static final Pattern NAME = Pattern.compile("`(\\w+Test)`");
  private static final Pattern NAMES = Pattern.compile("`\\w+Test`(, (and )?`\\w+Test`)*");
  private static final Pattern SHOWN = Pattern.compile("Shown by (" + NAMES + "[^.`]*)\\.$");
  private static final Pattern ITEM = Pattern.compile("(- |\\d+\\. ).*");

  /** How paragraphs begin that are no promises but say what comes, or what is promised nowhere. */
  private static final List<String> NO_PROMISES =
      List.of(
          "kvmpl is for prototypes, tests and measurements",
          "A guest can try to have KVM, the CPU or the hypervisor write memory for it",
          "kvmpl isolates nothing from the host");

  /** Tables that are themselves what a test computes or reads, by the heads of their columns. */
  private static final List<String> READ_BY_TESTS =
      List.of("| operation | enforcement | detection | kvm_pvm |", "| what | at most |");

  /**
   * The blocks of a page: paragraphs and items, each as one line, and rows of tables with the head
   * of theirs before them.
   */
  private record Page(List<String> texts, List<Row> rows) {
    record Row(String head, String line) {}

    static Page read(String name) throws IOException {
      Page page = new Page(new ArrayList<>(), new ArrayList<>());
      String head = "";
      boolean inside = false;
      for (String line : Files.readAllLines(SourceTree.root().resolve("docs").resolve(name))) {
        boolean row = line.startsWith("|");
        if (row && !head.isEmpty() && !line.startsWith("|---")) {
          page.rows.add(new Row(head, line));
        }
        head = row ? head.isEmpty() ? line : head : "";
        boolean text = !row && !line.isBlank() && !line.startsWith("#");
        if (text && inside && !ITEM.matcher(line).matches()) {
          page.texts.add(page.texts.removeLast() + " " + line.strip());
        } else if (text) {
          page.texts.add(line.strip());
        }
        inside = text;
      }
      return page;
    }
  }

  private static Set<String> tests() throws IOException {
    Path root = SourceTree.root();
    try (Stream<Path> integration = Files.walk(root.resolve("tests/integration/src/test"));
        Stream<Path> units = Files.walk(root.resolve("vmm/machine/src/test"))) {
      return Stream.concat(integration, units)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.java"))
          .map(name -> name.replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }

  /** What is wrong with the names of tests in a text, if anything is. */
  private static Stream<String> missing(Set<String> tests, String names, String of) {
    return NAME.matcher(names)
        .results()
        .map(name -> name.group(1))
        .filter(name -> !tests.contains(name))
        .map(name -> "there is no " + name + ": " + of);
  }

  @ParameterizedTest
  @CsvSource({"security.md, 30", "protocol.md, 6", "limits.md, 5"})
  void textOfAPage_namesTestsThatExist(String page, int atLeast) throws IOException {
    Set<String> tests = tests();
    List<String> wrong = new ArrayList<>();
    List<String> texts = Page.read(page).texts();
    for (String text : texts) {
      Matcher shown = SHOWN.matcher(text);
      if (shown.find()) {
        missing(tests, shown.group(1), text).forEach(wrong::add);
      } else if (NO_PROMISES.stream().noneMatch(text::startsWith)) {
        wrong.add("shown by no test: " + text);
      }
    }

    assertEquals(List.of(), wrong);
    assertTrue(texts.size() >= atLeast, texts.size() + " texts: the page is not read");
  }

  @ParameterizedTest
  @CsvSource({"security.md, 15", "protocol.md, 25", "limits.md, 10"})
  void rowOfATable_namesTestsThatExist(String page, int atLeast) throws IOException {
    Set<String> tests = tests();
    List<String> wrong = new ArrayList<>();
    int read = 0;
    for (Page.Row row : Page.read(page).rows()) {
      if (READ_BY_TESTS.stream().anyMatch(row.head()::startsWith)
          && !row.head().endsWith("| shown by |")) {
        continue;
      }
      read++;
      String last = row.line().replaceFirst(".*\\| ([^|]*) \\|$", "$1");
      if (!row.head().endsWith("| shown by |") || !NAMES.matcher(last).matches()) {
        wrong.add("shown by no test: " + row.line());
      }
      missing(tests, last, row.line()).forEach(wrong::add);
    }

    assertEquals(List.of(), wrong);
    assertTrue(read >= atLeast, read + " rows: the page is not read");
  }

  @Test
  void pages_haveNoOtherParagraphsWithoutATest_thanThoseThatAreThere() throws IOException {
    String all = String.join("\n", Page.read("security.md").texts());
    for (String begin : NO_PROMISES) {
      assertTrue(all.contains(begin), begin);
    }
  }
}
