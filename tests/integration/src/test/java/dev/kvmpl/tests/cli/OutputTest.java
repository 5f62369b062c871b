// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of a result that nobody can take. */
@Tag("subprocess")
class OutputTest {
  private static final Path FULL = Path.of("/dev/full");

  @TempDir Path folder;

  private ProcessBuilder command(String arguments) {
    return new ProcessBuilder(Command.line(arguments.split(" ")))
        .redirectError(folder.resolve("err").toFile());
  }

  private String err() throws Exception {
    return Files.readString(folder.resolve("err"));
  }

  @RequiresKvm
  @ParameterizedTest
  @ValueSource(strings = {"run", "run --json", "claims", "claims --json", "doctor"})
  void fullDisk_isOneLineAnd1(String arguments) throws Exception {
    Process process = command(arguments).redirectOutput(FULL.toFile()).start();

    assertEquals(1, process.waitFor());
    assertEquals("kvmpl: cannot write to stdout: No space left on device\n", err());
  }

  /** Which picocli prints by itself. */
  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version", "run --help", "claims --help", "doctor --help"})
  void fullDiskForHelp_isOneLineAnd1(String arguments) throws Exception {
    fullDisk_isOneLineAnd1(arguments);
  }

  @RequiresKvm
  @Test
  void fullDiskForTheReport_isOneLineAnd1() throws Exception {
    Process process = command("claims --report " + FULL).redirectOutput(Redirect.DISCARD).start();

    assertEquals(1, process.waitFor());
    assertEquals("kvmpl: cannot write to /dev/full: No space left on device\n", err());
  }

  @RequiresKvm
  @ParameterizedTest
  @ValueSource(strings = {"run", "run --json", "doctor", "--help"})
  void closedPipe_isQuiet_andEndsAsSigpipeDoes(String arguments) throws Exception {
    Process process = command(arguments).start();
    process.getInputStream().close();

    assertEquals(128 + 13, process.waitFor());
    assertEquals("", err());
  }

  @RequiresKvm
  @Test
  void closedStdout_isOneLineAnd1() throws Exception {
    List<String> line = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >&-", "sh"));
    line.addAll(Command.line("run"));
    Process process =
        new ProcessBuilder(line).redirectError(folder.resolve("err").toFile()).start();

    assertEquals(1, process.waitFor());
    assertEquals("kvmpl: cannot write to stdout: Bad file descriptor\n", err());
  }

  @RequiresKvm
  @Test
  void fullStderr_changesNothing() throws Exception {
    Process process =
        command("run")
            .redirectOutput(folder.resolve("out").toFile())
            .redirectError(FULL.toFile())
            .start();

    assertEquals(0, process.waitFor());
    assertTrue(Files.readString(folder.resolve("out")).endsWith("all expectations held\n"));
  }

  @Test
  void fullStderr_forAWrongUsage_isStill2() throws Exception {
    assertEquals(2, command("fly").redirectError(FULL.toFile()).start().waitFor());
  }
}
