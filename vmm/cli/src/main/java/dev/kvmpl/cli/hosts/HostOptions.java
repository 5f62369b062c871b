// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a command runs: with this machine's KVM, or with an emulated host's. */
public final class HostOptions {
  private static final String INTEL = "intel";
  private static final String A_DAY = "86400";

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec spec;

  @Option(
      names = "--host",
      paramLabel = "this|amd|intel",
      defaultValue = "this",
      description = "This machine's KVM (default), or an emulated AMD or Intel host with its own.")
  private String host = "this";

  @Option(
      names = "--host-kernel",
      paramLabel = "VERSION|PATH",
      description = "The kernel that an emulated host boots: 6.1, 6.12, newest, or a file.")
  private @Nullable String kernel;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "When to give up on an emulated host.")
  private @Nullable String timeout;

  /** This machine. */
  public HostOptions() {}

  /** The kernel that an emulated host boots, by another option of a command that has one. */
  public void kernel(String wanted) {
    kernel = wanted;
  }

  /**
   * Whether it is an emulated host that is wanted.
   *
   * @throws ParameterException if the options are not about one and the same
   */
  public boolean isEmulated() {
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (host.equals("amd") || host.equals(INTEL)) {
      return true;
    }
    if (!host.equals("this")) {
      throw new ParameterException(line, "--host " + host + " is not this, amd or intel");
    }
    if (kernel != null || timeout != null) {
      throw new ParameterException(line, "--host-kernel and --timeout go with --host amd or intel");
    }
    return false;
  }

  /** Whether such a host can be made here; if not, that has been said. */
  public boolean canMake() {
    return EmulatedHost.canMake(host, Objects.requireNonNull(spec).commandLine().getErr());
  }

  /** Whether what comes on stdin can be brought to what runs there. */
  public boolean hasKeyboard() {
    return !host.equals(INTEL);
  }

  /**
   * Runs a command of kvmpl there to its end, with the streams of this process.
   *
   * @param files that it needs, at the same paths there
   * @param outputs that it writes there, and that are here afterwards
   * @return its exit status, or why there is none
   */
  public int run(List<Path> files, List<String> command, HostFiles outputs)
      throws IOException, InterruptedException {
    return run(files, command, timeout, null, outputs);
  }

  /** The same for a command that somebody works with: only {@code --timeout} limits it. */
  public int runFor(
      HostKeyboard keyboard, List<Path> files, List<String> command, HostFiles outputs)
      throws IOException, InterruptedException {
    return run(files, command, timeout == null ? A_DAY : timeout, keyboard, outputs);
  }

  private int run(
      List<Path> files,
      List<String> command,
      @Nullable String limit,
      @Nullable HostKeyboard keyboard,
      HostFiles outputs)
      throws IOException, InterruptedException {
    PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
    if (outputs.isEmpty()) {
      return EmulatedHost.run(host, kernel, limit, files, command, keyboard, null, err);
    }
    Path folder = Files.createTempDirectory("kvmpl-files.");
    try {
      int status = EmulatedHost.run(host, kernel, limit, files, command, keyboard, folder, err);
      outputs.bring(folder);
      return status;
    } finally {
      HostFiles.remove(folder);
    }
  }
}
