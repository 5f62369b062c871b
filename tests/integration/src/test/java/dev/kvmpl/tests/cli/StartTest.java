// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
          "dev\\.kvmpl\\.(?:observe\\.FlightEvents|cli\\.(?!Run)\\w+Command|linux\\.).*");

  @TempDir Path folder;

  private List<String> loaded(String... arguments) throws Exception {
    Path log = folder.resolve("loaded");
    List<String> line = Command.line(arguments);
    line.add(1, "-Xshare:off"); // a class from a cache of classes is no class that was asked for
    line.add(1, "-Xlog:class+load:file=" + log);
    Command run = Command.run(java.util.Map.of(), line);
    assertEquals(0, run.status(), run.err());
    try (Stream<String> lines = Files.lines(log)) {
      return lines.map(each -> each.replaceFirst("^(?:\\[[^\\]]*\\])+ (\\S+) .*", "$1")).toList();
    }
  }

  @Test
  void run_loadsNoOtherCommand_noLinux_andNothingOfAFlightRecorderThatIsNotThere()
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
}
