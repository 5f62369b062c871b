// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages that show a session, done over again: files are written, commands run, and what is shown
 * comes, in that order. Dots stand for whatever comes in between.
 */
@RequiresKvm
@Tag("subprocess")
@Tag("needs-gcc")
@Tag(SourceTree.TAG)
class TutorialTest {
  private static final String FOLDER = "/tmp/kvmpl-tutorial";

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/tutorial.md"})
  void session_goesAsThePageShowsIt(String page) throws Exception {
    Deque<String> lines = new ArrayDeque<>(Files.readAllLines(SourceTree.root().resolve(page)));
    int commands = 0;
    while (!lines.isEmpty()) {
      String line = lines.removeFirst();
      if (line.equals("```console")) {
        commands += session(block(lines));
      } else if (line.matches("```(c|yaml) \\S+")) {
        Path file = folder.resolve("kvmpl-tutorial").resolve(line.replaceFirst("\\S+ ", ""));
        Files.writeString(file, String.join("\n", block(lines)) + "\n");
      }
    }
    assertTrue(commands > 0, "no command in " + page);
  }

  private static List<String> block(Deque<String> lines) {
    List<String> block = new ArrayList<>();
    while (!lines.getFirst().equals("```")) {
      block.add(lines.removeFirst());
    }
    lines.removeFirst();
    return block;
  }

  /** Runs each command, and looks for what is shown behind it. */
  private int session(List<String> block) throws Exception {
    int commands = 0;
    for (int i = 0; i < block.size(); ) {
      String command = block.get(i++).substring("$ ".length());
      List<String> shown = new ArrayList<>();
      while (i < block.size() && !block.get(i).startsWith("$ ")) {
        shown.add(block.get(i++));
      }
      String here = command.replace(FOLDER, folder.resolve("kvmpl-tutorial").toString());
      Shell.Ended ended = Shell.run(here, Map.of());
      assertTrue(ended.status() == 0, command + "\n" + ended.output());
      compare(command, shown, ended.output());
      commands++;
    }
    return commands;
  }

  private static void compare(String command, List<String> shown, String output) {
    StringBuilder pattern = new StringBuilder("(?s)");
    for (String line : shown) {
      if (line.equals("...")) {
        pattern.append(".*");
      } else {
        for (String part : words(line).split("(?=\\.\\.\\.)|(?<=\\.\\.\\.)", -1)) {
          pattern.append(part.equals("...") ? ".*?" : Pattern.quote(part));
        }
        pattern.append("\n");
      }
    }
    String said = words(output) + "\n";
    assertTrue(
        Pattern.matches(pattern.toString(), said.replaceAll("\n+$", "\n")),
        command + "\nshall say\n" + String.join("\n", shown) + "\nand says\n" + output);
  }

  private static String words(String text) {
    return text.replaceAll("(?m)[ \\t]+", " ").replaceAll("(?m)^ | $", "");
  }
}
