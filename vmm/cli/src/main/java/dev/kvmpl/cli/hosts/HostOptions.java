// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.hosts;

import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/** Where a command runs: with this machine's KVM, or with an emulated host's. */
public final class HostOptions {
  private static final String INTEL = "intel";
  private static final String A_DAY = "86400";

  private final Options options;
  private final Value<String> host;
  private final Value<String> kernel;
  private final Value<String> timeout;

  /** Adds them to a command's. */
  public HostOptions(Options options) {
    this.options = options;
    host =
        options.add(
            String.class,
            OptionSpec.builder("--host")
                .paramLabel("this|amd|intel")
                .defaultValue("this")
                .description(
                    "This machine's KVM (default), or an emulated AMD or Intel host with its own."));
    kernel =
        options.add(
            String.class,
            OptionSpec.builder("--host-kernel")
                .paramLabel("VERSION|PATH")
                .description(
                    "The kernel that an emulated host boots: 6.1, 6.12, newest, or a file."));
    timeout =
        options.add(
            String.class,
            OptionSpec.builder("--timeout")
                .paramLabel("SECONDS")
                .description("When to give up on an emulated host."));
  }

  /** The kernel by another name too, for a command that boots no other. */
  public HostOptions kernelAlso(String name, String description) {
    options.addOther(kernel, name, description);
    return this;
  }

  /**
   * Whether it is an emulated host that is wanted.
   *
   * @throws ParameterException if the options are not about one and the same
   */
  public boolean isEmulated() {
    CommandLine line = options.line();
    if (host.get().equals("amd") || host.get().equals(INTEL)) {
      return true;
    }
    if (!host.get().equals("this")) {
      throw new ParameterException(line, "--host " + host.get() + " is not this, amd or intel");
    }
    if (kernel.isGiven() || timeout.isGiven()) {
      throw new ParameterException(line, "--host-kernel and --timeout go with --host amd or intel");
    }
    return false;
  }

  /** Whether such a host can be made here; if not, that has been said. */
  public boolean canMake() {
    return EmulatedHost.canMake(host.get(), options.line().getErr());
  }

  /** Whether what comes on stdin can be brought to what runs there. */
  public boolean hasKeyboard() {
    return !host.get().equals(INTEL);
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
    return run(files, command, timeout.orNull(), null, outputs);
  }

  /** The same for a command that somebody works with: only {@code --timeout} limits it. */
  public int runFor(
      HostKeyboard keyboard, List<Path> files, List<String> command, HostFiles outputs)
      throws IOException, InterruptedException {
    return run(files, command, timeout.isGiven() ? timeout.get() : A_DAY, keyboard, outputs);
  }

  private int run(
      List<Path> files,
      List<String> command,
      @Nullable String limit,
      @Nullable HostKeyboard keyboard,
      HostFiles outputs)
      throws IOException, InterruptedException {
    PrintWriter err = options.line().getErr();
    if (outputs.isEmpty()) {
      return EmulatedHost.run(
          host.get(), kernel.orNull(), limit, files, command, keyboard, null, err);
    }
    Path folder = Files.createTempDirectory("kvmpl-files.");
    try {
      int status =
          EmulatedHost.run(
              host.get(), kernel.orNull(), limit, files, command, keyboard, folder, err);
      outputs.bring(folder);
      return status;
    } finally {
      HostFiles.remove(folder);
    }
  }
}
