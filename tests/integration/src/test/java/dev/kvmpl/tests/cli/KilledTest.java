// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresKvm
@Tag("subprocess")
class KilledTest {
  @TempDir Path folder;

  /** At whatever it is doing after so many milliseconds: starting, running, reporting. */
  @ParameterizedTest
  @ValueSource(ints = {50, 150, 250, 350, 450, 550, 650, 800})
  void killedProcess_leavesNothingBehind(int milliseconds) throws Exception {
    Process process =
        new ProcessBuilder(Command.line("run"))
            .directory(folder.toFile())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    long pid = process.pid();
    Thread.sleep(milliseconds);

    process.destroyForcibly().waitFor();

    assertEquals(List.of(), entries(folder));
    assertEquals(List.of(), named(Path.of("/dev/shm"), "kvmpl"));
    assertEquals(List.of(), named(Path.of("/tmp"), "kvmpl"));
    assertEquals(List.of(), performanceData(pid));
  }

  /** What a Java virtual machine leaves in /tmp when it is killed, unless it is told not to. */
  private static List<Path> performanceData(long pid) throws IOException {
    List<Path> left = new ArrayList<>();
    for (Path folder : named(Path.of("/tmp"), "hsperfdata_")) {
      left.addAll(named(folder, String.valueOf(pid)));
    }
    return left;
  }

  private static List<Path> entries(Path in) throws IOException {
    try (Stream<Path> files = Files.list(in)) {
      return files.toList();
    }
  }

  private static List<Path> named(Path in, String start) throws IOException {
    return entries(in).stream()
        .filter(file -> file.getFileName().toString().startsWith(start))
        .toList();
  }
}
