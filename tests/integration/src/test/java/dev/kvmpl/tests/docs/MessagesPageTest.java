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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * docs/messages.md has every message that ends a command because of what was given, and no other.
 */
@Tag(SourceTree.TAG)
class MessagesPageTest {
  private static final Pattern ROW = Pattern.compile("\\| `(.+?)` \\| (.+) \\|");
  private static final Pattern STATUS = Pattern.compile("status (\\d)|\\| (\\d) \\|");

  /** Words of a place, which come before a message, or a test's own, which are no message. */
  private static final Pattern NO_MESSAGE =
      Pattern.compile(
          "\\w+|the (outcome|owner of|status of|steps|verdict on) ?.*|what was printed|no operation there.*|memory at …");

  private static Map<String, String> said() throws IOException {
    List<Path> sources = new ArrayList<>();
    for (String module : List.of("kvm", "machine", "linux", "scenario", "cli")) {
      try (Stream<Path> files =
          Files.walk(SourceTree.root().resolve("vmm/" + module + "/src/main"))) {
        files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
      }
    }
    Map<String, String> said = new TreeMap<>(SourceMessages.of(sources));
    said.keySet().removeIf(message -> NO_MESSAGE.matcher(message).matches());
    return said;
  }

  /** The page's messages, each with what to do. */
  private static Map<String, String> documented() throws IOException {
    Map<String, String> rows = new TreeMap<>();
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/messages.md"))) {
      if (line.startsWith("## Everything else")) {
        break;
      }
      Matcher row = ROW.matcher(line);
      if (row.matches()) {
        rows.put(row.group(1).replace("\\|", "|"), row.group(2));
      }
    }
    return rows;
  }

  @Test
  void page_hasEveryMessageOfTheSources_andNoOther() throws Exception {
    Set<String> said = said().keySet();
    Set<String> documented = documented().keySet();

    assertEquals(
        List.of(), said.stream().filter(message -> !documented.contains(message)).toList());
    assertEquals(
        List.of(), documented.stream().filter(message -> !said.contains(message)).toList());
    assertTrue(said.size() > 100, said.size() + " messages");
  }

  /** Each table says its messages' status above it, and what to do is said of each. */
  @Test
  void status_isTheOneThatTheSourcesGive() throws Exception {
    Map<String, String> said = said();
    List<String> wrong = new ArrayList<>();
    String status = "";
    for (String line : Files.readAllLines(SourceTree.root().resolve("docs/messages.md"))) {
      Matcher names = STATUS.matcher(line);
      Matcher row = ROW.matcher(line);
      if (line.startsWith("## Everything else")) {
        break;
      } else if (row.matches()) {
        String of = said.get(row.group(1).replace("\\|", "|"));
        if ((of != null && !status.contains(of)) || row.group(2).isBlank()) {
          wrong.add(row.group(1) + ": " + of + ", not " + status);
        }
      } else if (names.find()) {
        status = line;
      }
    }

    assertEquals(List.of(), wrong);
  }

  /** What is not made of one of the exceptions, word for word. */
  @Test
  void otherMessages_areSaidSomewhere() throws Exception {
    String sources = "";
    for (String file :
        List.of("Failure", "terminal/OutputFile", "terminal/OutputException", "terminal/Stdout")) {
      sources +=
          Files.readString(
              SourceTree.root().resolve("vmm/cli/src/main/java/dev/kvmpl/cli/" + file + ".java"));
    }
    String text = sources.replaceAll("\"\\s*\\+ \"", "");
    String page = Files.readString(SourceTree.root().resolve("docs/messages.md"));
    String other = page.substring(page.indexOf("## Everything else"));
    int found = 0;
    for (String line : other.lines().toList()) {
      Matcher row = ROW.matcher(line);
      if (row.matches() && row.group(1).startsWith("kvmpl: ")) {
        String message = row.group(1).replaceFirst("kvmpl: ", "").replaceFirst("….*", "").strip();
        assertTrue(text.contains(message), message);
        found++;
      }
    }
    assertTrue(found >= 4, found + " messages");
  }
}
