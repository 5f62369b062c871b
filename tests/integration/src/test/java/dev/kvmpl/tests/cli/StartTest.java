// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SourceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a start does without, because it would take longer: it is counted and not timed. */
@Tag("subprocess")
@RequiresKvm
class StartTest {
  private static final Pattern NOT_WANTED =
      Pattern.compile(
          "dev\\.kvmpl\\.(?:observe\\.FlightEvents|cli\\.(?!Run)\\w+Command|linux\\.).*|org\\.slf4j\\..*"
              + "|java\\.lang\\.reflect\\.Proxy"); // what annotations are read by

  @TempDir Path folder;

  private List<String> loaded(String... arguments) throws Exception {
    Path log = folder.resolve("loaded");
    List<String> line = Command.line(arguments);
    line.add(1, "-Xshare:off"); // a class from a cache of classes is no class that was asked for
    line.add(1, "-Xlog:class+load:file=" + log);
    Command run = Command.run(Map.of(), line);
    assertEquals(0, run.status(), run.err());
    try (Stream<String> lines = Files.lines(log)) {
      return lines.map(each -> each.replaceFirst("^(?:\\[[^\\]]*\\])+ (\\S+) .*", "$1")).toList();
    }
  }

  @Test
  void run_loadsNoOtherCommand_noLinux_noLog_noAnnotations_andNothingOfAFlightRecorderNotThere()
      throws Exception {
    List<String> loaded = loaded("run");

    assertTrue(loaded.contains("dev.kvmpl.machine.Machine"), "the log is of a run");
    assertEquals(List.of(), loaded.stream().filter(NOT_WANTED.asMatchPredicate()).toList());
  }

  @Test
  void nativeCalls_areOneDowncall() throws Exception {
    List<String> loaded = loaded("run");

    assertEquals(
        1, loaded.stream().filter(name -> name.contains("foreign.abi.DowncallStub")).count());
  }

  /** What comes from where, in the launcher's run of the built-in scenario. */
  private List<String> sources() throws Exception {
    Path log = folder.resolve("sources");
    Command run =
        Command.run(
            Map.of(
                "KVMPL_BUILT",
                SourceTree.root().toString(),
                "KVMPL_JAVA_OPTS", // a cache that cannot be used is an error
                "-XX:AOTMode=on -Xlog:class+load:file=" + log),
            List.of(SourceTree.root().resolve("kvmpl").toString(), "run"));
    assertEquals(0, run.status(), run.err());
    return Files.readAllLines(log);
  }

  @Test
  @Tag(SourceTree.TAG)
  void launchersCacheOfClasses_isUsed_andHasPicocli() throws Exception {
    List<String> sources = sources();

    for (String name : List.of("dev.kvmpl.machine.Machine", "picocli.CommandLine")) {
      assertTrue(
          sources.stream()
              .anyMatch(line -> line.contains(" " + name + " source: shared objects file")),
          name);
    }
  }

  @Test
  @Tag(SourceTree.TAG)
  void classesThatAreMadeAtAStart_areFew() throws Exception {
    List<String> made =
        sources().stream().filter(line -> line.contains("__JVM_LookupDefineClass__")).toList();

    // The downcall for the most part: 37 with JDK 25.
    assertTrue(made.size() <= 50, () -> made.size() + " classes: " + String.join("\n", made));
  }
}
