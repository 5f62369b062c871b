// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@RequiresKvm
@Tag(SourceTree.TAG)
class DocumentedCommandsTest {
  /** Run by .ci/run or by hand: too long for here, or in need of an emulator. */
  private static final List<String> ELSEWHERE =
      List.of(
          "./kvmpl test",
          "./kvmpl bench",
          "./kvmpl run --host",
          "./kvmpl boot",
          "./kvmpl claims --linux",
          "tests/benchmarks/against");

  /** Every line in every block marked sh, but for those that run elsewhere, each once. */
  static List<String> commands() throws IOException {
    List<String> commands = new ArrayList<>();
    for (Path page : pages()) {
      boolean shell = false;
      for (String line : Files.readAllLines(page)) {
        if (line.startsWith("```")) {
          shell = line.equals("```sh");
        } else if (shell && !line.isBlank()) {
          commands.add(line.replaceFirst("\\s+#.*", ""));
        }
      }
    }
    return commands.stream()
        .filter(command -> ELSEWHERE.stream().noneMatch(command::startsWith))
        .distinct()
        .toList();
  }

  private static List<Path> pages() throws IOException {
    try (Stream<Path> docs = Files.walk(SourceTree.root().resolve("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "CONTRIBUTING.md").map(SourceTree.root()::resolve), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .toList();
    }
  }

  /** Not in /tmp itself, where somebody else who has followed the documentation has the file. */
  @ParameterizedTest
  @MethodSource("commands")
  void command_inTheDocumentation_succeeds(String command, @TempDir Path folder) throws Exception {
    Shell.Ended ended = Shell.run(command.replace("/tmp/", "'" + folder + "'/"), Map.of());

    assertEquals(0, ended.status(), ended.output());
  }

  @Test
  void documentation_hasCommands() throws Exception {
    assertTrue(commands().contains("./kvmpl run"), commands()::toString);
  }
}
