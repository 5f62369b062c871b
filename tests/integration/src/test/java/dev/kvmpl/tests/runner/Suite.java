// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Tests that one process runs.
 *
 * @param reports where it leaves its reports, in JUnit's XML form; emptied before
 * @param command its command line
 */
record Suite(Path reports, List<String> command) {
  private static final long SECONDS_TO_END = 10;

  /**
   * How a suite, or several, ended.
   *
   * @param status 0, or of those that failed the first one's exit status
   */
  record Result(Counts counts, int status) {
    static final Result NONE = new Result(Counts.NONE, 0);

    /** Both together. */
    Result plus(Result other) {
      return new Result(counts.plus(other.counts), status == 0 ? other.status : status);
    }

    /** This, or a failure if no test has passed or failed. */
    Result thatRan(PrintStream err) {
      if (status != 0 || counts.passed() > 0) {
        return this;
      }
      err.println("kvmpl: no test ran");
      return new Result(counts.plus(new Counts(0, 1, 0)), 1);
    }
  }

  /**
   * Runs it to its end, with this process's streams. What went wrong without a failed test is one
   * failure all the same.
   */
  Result run(Path folder, PrintStream err) throws IOException, InterruptedException {
    clear(reports);
    Process process = new ProcessBuilder(command).directory(folder.toFile()).inheritIO().start();
    Thread ending = new Thread(() -> end(process));
    Runtime.getRuntime().addShutdownHook(ending);
    int status = process.waitFor();
    Runtime.getRuntime().removeShutdownHook(ending);
    Counts counts;
    try {
      counts = Reports.read(reports);
      checkCounted(counts);
    } catch (IOException e) {
      err.println("kvmpl: " + e.getMessage());
      counts = new Counts(0, 1, 0);
    }
    if (counts.failed() > 0) {
      return new Result(counts, status == 0 ? 1 : status);
    }
    return status == 0
        ? new Result(counts, 0)
        : new Result(counts.plus(new Counts(0, 1, 0)), status);
  }

  /** Reports that have lost some on their way do not count. */
  private void checkCounted(Counts counts) throws IOException {
    Path counted = reports.resolve(TestRun.COUNTS);
    if (Files.exists(counted)) {
      String tests = Files.readString(counted).split(" ", 2)[0];
      if (!tests.equals(String.valueOf(counts.tests()))) {
        throw new IOException(
            "%s tests were run, reports in %s have %d".formatted(tests, reports, counts.tests()));
      }
    }
  }

  /** Whoever ends this process ends the tests: what they have started, and what cleans up. */
  private static void end(Process process) {
    process.destroy();
    try {
      if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }

  /** What an earlier run has left must not count for this one. */
  private static void clear(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
    Files.createDirectories(folder);
  }
}
