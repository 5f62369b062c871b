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

/** Each promise and each limit in docs/security.md names the tests that show it, and they exist. */
@Tag(SourceTree.TAG)
class SecurityPromisesTest {
  private static final Pattern STARTS = Pattern.compile("(- |\\d+\\. ).*");
  private static final Pattern SHOWN = Pattern.compile("Shown by ((?:`\\w+`(?:, | and )?)+)\\.$");
  private static final Pattern NAME = Pattern.compile("`(\\w+Test)`");

  /** Every numbered promise and every bullet, each on one line. */
  private static List<String> items() throws IOException {
    List<String> items = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/security.md"))) {
      if (STARTS.matcher(line).matches()) {
        items.add(line.strip());
        inside = true;
      } else if (inside && line.startsWith("  ")) {
        items.addLast(items.removeLast() + " " + line.strip());
      } else {
        inside = false;
      }
    }
    return items;
  }

  private static Set<String> tests() throws IOException {
    try (Stream<Path> files = Files.walk(SourceTree.root().resolve("tests/integration/src/test"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith("Test.java"))
          .map(name -> name.replace(".java", ""))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void promise_namesTestsThatExist() throws IOException {
    Set<String> tests = tests();
    List<String> wrong = new ArrayList<>();
    for (String item : items()) {
      Matcher shown = SHOWN.matcher(item);
      if (!shown.find()) {
        wrong.add("shown by no test: " + item);
        continue;
      }
      NAME.matcher(shown.group(1))
          .results()
          .map(name -> name.group(1))
          .filter(name -> !tests.contains(name))
          .forEach(name -> wrong.add("there is no " + name + ": " + item));
    }

    assertEquals(List.of(), wrong);
    assertTrue(items().size() > 25, "the page is not read");
  }

  @Test
  void rowOfATable_whoseLastColumnNamesTests_namesSomeThatExist() throws IOException {
    Set<String> tests = tests();
    List<String> wrong = new ArrayList<>();
    boolean named = false;
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/security.md"))) {
      if (!line.startsWith("|")) {
        named = false;
      } else if (line.endsWith("| shown by |")) {
        named = true;
      } else if (named && !line.startsWith("|---")) {
        List<String> names =
            NAME.matcher(line.substring(line.lastIndexOf('|', line.length() - 2)))
                .results()
                .map(name -> name.group(1))
                .toList();
        if (names.isEmpty() || !tests.containsAll(names)) {
          wrong.add(names + " of " + line);
        }
      }
    }

    assertEquals(List.of(), wrong);
  }
}
