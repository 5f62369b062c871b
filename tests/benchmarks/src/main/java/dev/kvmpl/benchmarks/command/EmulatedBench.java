// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import dev.kvmpl.benchmarks.suite.LinuxBenchmark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Benchmarks on a host with a KVM of its own that the source tree's {@code host-run} makes. */
final class EmulatedBench {
  private EmulatedBench() {}

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
   * Runs this command there.
   *
   * @param linux whether a kernel for guests is needed there
   * @return its stdout: the results
   * @throws FailedException if it failed
   */
  static String run(
      String host,
      @Nullable String kernel,
      @Nullable String timeout,
      boolean linux,
      List<String> arguments)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"));
    Path root = Path.of(Objects.requireNonNull(System.getProperty("kvmpl.root")));
    List<String> line = new ArrayList<>();
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
    Process process =
        new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread ending = new Thread(process::destroy);
    Runtime.getRuntime().addShutdownHook(ending);
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int status = process.waitFor();
    Runtime.getRuntime().removeShutdownHook(ending);
    if (status != 0) {
      throw new FailedException(host, status);
    }
    return out;
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
