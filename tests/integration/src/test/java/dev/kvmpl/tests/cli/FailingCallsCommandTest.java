// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * System calls of the command fail as strace makes them: what it says and how it ends. Which of a
 * kind of call it is differs from one Java to the next, but not what comes of it.
 */
@RequiresKvm
@Tag("subprocess")
class FailingCallsCommandTest {
  @TempDir Path folder;

  @BeforeAll
  static void strace() {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
  }

  private int run(String inject, boolean debug, String... arguments) throws Exception {
    String call = inject.substring(0, inject.indexOf(':'));
    List<String> line = new ArrayList<>(List.of("/usr/bin/strace", "-f", "-qq"));
    line.addAll(List.of("-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + inject));
    line.addAll(Command.line(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectOutput(Redirect.to(folder.resolve("out").toFile()))
            .redirectError(folder.resolve("err").toFile());
    if (debug) {
      builder.environment().put("KVMPL_DEBUG", "1");
    }
    return builder.start().waitFor();
  }

  private String read(String stream) throws Exception {
    return Files.readString(folder.resolve(stream));
  }

  @ParameterizedTest
  @CsvSource({
    "memfd_create, EMFILE, 'ulimit -n'",
    "memfd_create, ENFILE, fs.file-max",
    "memfd_create, EPERM, seccomp",
    "memfd_create, ENOSYS, seccomp",
    "ftruncate, ENOSPC, free some",
    "ftruncate, ENOMEM, 'ulimit -v'",
  })
  void hostThatIsOutOfSomething_isOneLineAnd3(String call, String errno, String remedy)
      throws Exception {
    // Nothing of Java's needs these two.
    int status = run(call + ":error=" + errno, false, "run");

    assertEquals(3, status, read("err"));
    assertTrue(read("err").startsWith("kvmpl: " + call + "("), read("err"));
    assertTrue(read("err").contains(errno + ", "), read("err"));
    assertTrue(read("err").contains(remedy), read("err"));
    assertEquals(1, read("err").lines().count(), read("err"));
    assertEquals("", read("out"));
  }

  @Test
  void interruptedCall_isMadeAgain() throws Exception {
    assertEquals(0, run("memfd_create:error=EINTR:when=1..5", false, "run"), read("err"));
    assertEquals("", read("err"));
  }

  @Test
  void doctor_triesWhatARunNeeds() throws Exception {
    int status = run("memfd_create:error=EMFILE", false, "doctor");

    assertEquals(3, status);
    assertTrue(read("out").contains("this host cannot run kvmpl: memfd_create(kvmpl): EMFILE"));
    assertEquals("", read("err"));
  }

  /** The last threads that a run needs are the vCPUs'. */
  @Test
  void threadThatCannotBeHad_isOneLineAnd3() throws Exception {
    int fails = 1;
    int works = 64;
    while (works - fails > 1) {
      int middle = (fails + works) / 2;
      if (runWithThreads(middle) == 0) {
        works = middle;
      } else {
        fails = middle;
      }
    }

    assertEquals(3, runWithThreads(fails), read("err"));
    assertTrue(read("err").startsWith("kvmpl: no more threads: raise the limit"), read("err"));
    assertEquals(1, read("err").lines().count(), read("err"));
  }

  private int runWithThreads(int threads) throws Exception {
    return run("clone3:error=EAGAIN:when=" + (threads + 1) + "+", false, "run");
  }

  @Test
  void callThatIsWrong_isAFailureToReport() throws Exception {
    int status = run("ftruncate:error=EINVAL", false, "run");

    assertEquals(1, status);
    assertTrue(read("err").startsWith("kvmpl: internal failure, please report it"), read("err"));
    assertTrue(read("err").contains("KVMPL_DEBUG=1"), read("err"));
    assertTrue(read("err").contains("ftruncate(33554432 bytes): EINVAL"), read("err"));
    assertEquals(1, read("err").lines().count(), read("err"));
  }

  @Test
  void stackTrace_isShownWhereItIsAskedFor() throws Exception {
    assertEquals(3, run("ftruncate:error=ENOSPC", true, "run"));
    assertTrue(read("err").contains("\tat dev.kvmpl."), read("err"));
  }
}
