// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import dev.kvmpl.cli.terminal.ExitStatus;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Runs a command on a host with a KVM of its own that the source tree's {@code host-run} makes. */
public final class EmulatedHost {
  private static final String MAIN = "dev.kvmpl.cli/dev.kvmpl.cli.Main";

  private EmulatedHost() {}

  /**
   * Runs a command of kvmpl to its end, with the streams of this process.
   *
   * @param files that it needs, at the same paths there
   * @param keyboard who brings it what comes on stdin; null if nobody does, and its stdin is at its
   *     end
   * @param outputs a folder for what the command writes to /run/kvmpl/reports; null for none
   */
  public static int run(
      String host,
      @Nullable String kernel,
      @Nullable String timeout,
      List<Path> files,
      List<String> command,
      @Nullable HostKeyboard keyboard,
      @Nullable Path outputs,
      PrintWriter err)
      throws IOException, InterruptedException {
    if (!canMake(host, err)) {
      return ExitStatus.UNUSABLE_HOST.code();
    }
    List<String> line = new ArrayList<>();
    line.add(tool("host-run").toString());
    line.add(host);
    add(line, "--kernel", kernel);
    add(line, "--timeout", timeout);
    add(line, "--java-home", System.getProperty("java.home"));
    add(line, "--modules", Objects.requireNonNull(System.getProperty("jdk.module.path")));
    add(line, "--keyboard", keyboard == null ? null : keyboard.socket().toString());
    add(line, "--reports", outputs == null ? null : outputs.toString());
    for (Path needed : files) {
      add(line, "--file", needed.toString());
    }
    line.addAll(List.of("exec", MAIN));
    line.addAll(command);
    return run(line);
  }

  /** One of the source tree's tools for hosts and their guests. */
  public static Path tool(String name) {
    return Path.of(Objects.requireNonNull(System.getProperty("kvmpl.root")), "tests/hosts", name);
  }

  /** Whether this is a source tree with a JDK; if not, that has been said. */
  public static boolean canMake(String host, PrintWriter err) {
    Path java = Path.of(System.getProperty("java.home"));
    if (System.getProperty("kvmpl.root") == null) {
      err.println("kvmpl: --host " + host + " needs kvmpl's source tree: use its ./kvmpl");
      return false;
    }
    if (!Files.isExecutable(java.resolve("bin/jlink"))) {
      err.println("kvmpl: --host " + host + " takes a JDK, of which " + java + " is a part only");
      return false;
    }
    return true;
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
