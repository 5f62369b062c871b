// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Runs a scenario on a host with a KVM of its own that the source tree's {@code host-run} makes.
 */
final class EmulatedHost {
  private EmulatedHost() {}

  /**
   * Runs it to its end, with the streams of this process.
   *
   * @return the exit status of the run there, or why there was none
   * @throws ScenarioException if the scenario is wrong: then there is no use in a host
   */
  static int run(
      String host,
      @Nullable String kernel,
      @Nullable String timeout,
      @Nullable Path file,
      boolean json,
      PrintWriter err)
      throws ScenarioException, IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"));
    String root = System.getProperty("kvmpl.root");
    if (root == null) {
      err.println("kvmpl: --host " + host + " needs kvmpl's source tree: use its ./kvmpl");
      return ExitStatus.UNUSABLE_HOST.code();
    }
    if (!Files.isExecutable(java.resolve("bin/jlink"))) {
      err.println("kvmpl: --host " + host + " takes a JDK, of which " + java + " is a part only");
      return ExitStatus.UNUSABLE_HOST.code();
    }
    List<String> line = new ArrayList<>();
    line.add(Path.of(root, "tests/hosts/host-run").toString());
    line.add(host);
    add(line, "--kernel", kernel);
    add(line, "--timeout", timeout);
    add(line, "--java-home", java.toString());
    add(line, "--modules", Objects.requireNonNull(System.getProperty("jdk.module.path")));
    if (file != null) {
      ScenarioReader.read(file);
      for (Path needed : ScenarioReader.files(file)) {
        add(line, "--file", needed.toString());
      }
    }
    line.addAll(List.of("exec", "dev.kvmpl.cli/" + Main.class.getName(), "run"));
    if (json) {
      line.add("--json");
    }
    if (file != null) {
      line.addAll(List.of("--", file.toString()));
    }
    return run(line);
  }

  private static void add(List<String> line, String option, @Nullable String value) {
    if (value != null) {
      line.addAll(List.of(option, value));
    }
  }

  /** Whoever ends this process ends the host, which then cleans up. */
  private static int run(List<String> line) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(line).inheritIO().start();
    Thread ending = new Thread(process::destroy);
    Runtime.getRuntime().addShutdownHook(ending);
    int status = process.waitFor();
    Runtime.getRuntime().removeShutdownHook(ending);
    return status;
  }
}
