// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import dev.kvmpl.benchmarks.result.Results;
import dev.kvmpl.benchmarks.suite.LinuxBenchmark;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Benchmarks on a host with a KVM of its own that the source tree's {@code host-run} makes. The one
 * in there tells all its results anew after each measurement.
 */
final class EmulatedBench implements Measuring {
  /** Before each document (RFC 7464). */
  static final char DOCUMENT = 0x1e;

  private final String host;
  private final List<String> line;
  private final StringBuilder out = new StringBuilder(); // its own lock

  /** The host, or the benchmarks there, failed, and have said why. */
  static final class FailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int status;

    FailedException(String host, int status) {
      super("the benchmarks on --host " + host + " ended with status " + status);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  /**
   * Nothing has run.
   *
   * @param linux whether a kernel for guests is needed there
   * @param arguments for this command there
   */
  EmulatedBench(
      String host,
      @Nullable String kernel,
      @Nullable String timeout,
      boolean linux,
      List<String> arguments)
      throws IOException, InterruptedException {
    this.host = host;
    Path java = Path.of(System.getProperty("java.home"));
    Path root = Path.of(Objects.requireNonNull(System.getProperty("kvmpl.root")));
    this.line = new ArrayList<>();
    line.add(root.resolve("tests/hosts/host-run").toString());
    line.add(host);
    if (kernel != null) {
      line.addAll(List.of("--kernel", kernel));
    }
    if (timeout != null) {
      line.addAll(List.of("--timeout", timeout));
    }
    line.addAll(
        List.of(
            "--java-home",
            java.toString(),
            "--modules",
            Objects.requireNonNull(System.getProperty("jdk.module.path")),
            "--classpath",
            root.resolve("tests/benchmarks/target/classpath").toString(),
            "--java-option",
            "--sun-misc-unsafe-memory-access=allow",
            "--java-option",
            "--enable-native-access=ALL-UNNAMED", // JNA's
            "--java-option",
            "-Xlog:aot=off:stderr")); // that the host's cache of classes is for other options
    if (linux) {
      String image = guestKernel(root);
      line.addAll(List.of("--file", image, "--env", LinuxBenchmark.KERNEL + "=" + image));
    }
    line.addAll(List.of("exec", "benchmarks/" + BenchCommand.class.getName()));
    line.addAll(arguments);
  }

  @Override
  public void run() throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    // destroy() of the process itself would close the stream that is being read.
    Thread ending = new Thread(process.toHandle()::destroy);
    Runtime.getRuntime().addShutdownHook(ending);
    try (Reader reader = process.inputReader(StandardCharsets.UTF_8)) {
      char[] some = new char[1 << 13];
      for (int read = reader.read(some); read >= 0; read = reader.read(some)) {
        synchronized (out) {
          out.append(some, 0, read);
        }
      }
    }
    int status = process.waitFor();
    if (status != 0) {
      throw new FailedException(host, status);
    }
  }

  @Override
  public Results results() {
    synchronized (out) {
      return last(out.toString());
    }
  }

  /** The last document that has arrived as a whole; without one there are no results. */
  static Results last(String told) {
    for (int end = told.length(), start; end > 0; end = start) {
      start = told.lastIndexOf(DOCUMENT, end - 1);
      if (start < 0) {
        break;
      }
      try {
        return Results.parse(told.substring(start + 1, end));
      } catch (IllegalArgumentException e) {
        // cut short: the one before it is not
      }
    }
    return Results.of(List.of(), Map.of(), Map.of());
  }

  private static String guestKernel(Path root) throws IOException, InterruptedException {
    Process tool =
        new ProcessBuilder(root.resolve("tests/hosts/guest-kernel").toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    tool.getOutputStream().close();
    String out = new String(tool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = tool.waitFor();
    if (status != 0) {
      throw new FailedException("guest-kernel", status);
    }
    return out.strip();
  }
}
