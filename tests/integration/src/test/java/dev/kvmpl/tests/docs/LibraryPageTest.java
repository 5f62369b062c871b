// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The programs of docs/library.md, as they are there: each is compiled, and prints what it says.
 */
@RequiresKvm
@Tag("subprocess")
@Tag(SourceTree.TAG)
class LibraryPageTest {
  private static final Pattern BLOCK =
      Pattern.compile("(?ms)^```(java|text) (\\w+\\.java)\n(.*?)^```$");

  @TempDir Path folder;

  /** What the page has in blocks of a language, by the names of the programs. */
  private static Map<String, String> blocks(String language) {
    try {
      String page = Files.readString(SourceTree.root().resolve("docs/library.md"));
      return BLOCK
          .matcher(page)
          .results()
          .filter(block -> block.group(1).equals(language))
          .collect(
              Collectors.toMap(
                  block -> block.group(2), block -> block.group(3), (a, _) -> a, TreeMap::new));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static List<String> programs() {
    return List.copyOf(blocks("java").keySet());
  }

  private static String jars(Pattern wanted) {
    return Arrays.stream(System.getProperty("jdk.module.path").split(File.pathSeparator, -1))
        .flatMap(LibraryPageTest::jarsIn)
        .filter(jar -> wanted.matcher(jar).find())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** An element of a module path is a module, or a folder with modules. */
  private static Stream<String> jarsIn(String element) {
    String[] jars = new File(element).list((_, name) -> name.endsWith(".jar"));
    return jars == null || jars.length == 0
        ? Stream.of(element)
        : Arrays.stream(jars).map(jar -> element + "/" + jar);
  }

  private Command run(String program, String jars) throws Exception {
    Path file = folder.resolve(program);
    Files.writeString(file, blocks("java").get(program));
    return Command.run(
        Map.of(),
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-cp",
            jars,
            "--enable-native-access=ALL-UNNAMED",
            "--illegal-native-access=deny",
            file.toString()));
  }

  @ParameterizedTest
  @MethodSource("programs")
  void program_printsWhatThePageSays(String program) throws Exception {
    Command run = run(program, jars(Pattern.compile("")));

    assertEquals(0, run.status(), run.err());
    assertEquals(blocks("text").get(program), run.out());
  }

  @Test
  void kvmAlone_needsNoOtherLibrary() throws Exception {
    String jars = jars(Pattern.compile("kvmpl-(kvm|bindings)|(vmm/kvm|bindings)/target/classes"));
    assertEquals(2, jars.split(File.pathSeparator, -1).length, jars);

    Command run = run("KvmAlone.java", jars);

    assertEquals(0, run.status(), run.err());
  }

  @Test
  void programs_areAsLongAsThePageSays() {
    assertTrue(lines("KvmAlone.java") <= 12, "KVM alone in ten lines, and main");
    assertTrue(lines("OneDriver.java") <= 20, "a machine in twenty");
  }

  /** Without its imports. */
  private static long lines(String program) {
    return Objects.requireNonNull(blocks("java").get(program))
        .lines()
        .filter(line -> !line.isBlank() && !line.startsWith("import "))
        .count();
  }
}
