// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.linux.InitialRamDisk;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.LinuxSpec;
import dev.kvmpl.linux.RamDisk;
import dev.kvmpl.linux.boot.Boot;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.scenario.LinuxFiles;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.spec.PayloadsTooLargeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code kvmpl boot}. */
@Command(
    name = "boot",
    description = {
      "Boots an unmodified Linux kernel at VMPL1, with its console on this terminal.",
      "Without options a Debian cloud kernel, and a RAM disk with busybox: poweroff ends it."
    },
    mixinStandardHelpOptions = true)
final class BootCommand implements Callable<Integer> {
  private static final long MIB = 1L << 20;

  @Spec @Nullable CommandSpec spec;

  @Option(
      names = "--kernel",
      paramLabel = "VERSION|FILE",
      defaultValue = "6.12",
      description = "6.1, 6.12 (default) or newest of Debian's, a bzImage or a vmlinux.")
  String kernel = "6.12";

  @Option(
      names = "--initrd",
      paramLabel = "FILE",
      description = "An initial RAM disk of your own in the place of busybox.")
  @Nullable Path initrd;

  @Option(
      names = "--append",
      paramLabel = "TEXT",
      defaultValue = "quiet",
      description = "What the kernel's command line ends with; quiet by default.")
  String append = "quiet";

  @Option(
      names = "--cpus",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many processors it has: 1 (default) to 4.")
  int cpus = 1;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      defaultValue = "256",
      description = "How much memory it has: 256 MiB by default.")
  long memory = 256;

  @Option(
      names = "--exec",
      paramLabel = "COMMAND",
      description = "Runs that inside instead of a shell, and switches off.")
  @Nullable String command;

  @Option(
      names = "--time-limit",
      paramLabel = "SECONDS",
      description = "When to give up on the guest; never by default.")
  @Nullable Long timeLimit;

  @Option(
      names = "--host",
      paramLabel = "this|amd|intel",
      defaultValue = "this",
      description = "This machine's KVM (default), or an emulated AMD or Intel host with its own.")
  String host = "this";

  @Option(
      names = "--host-kernel",
      paramLabel = "VERSION|PATH",
      description = "The kernel that an emulated host boots, as run's --kernel.")
  @Nullable String hostKernel;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "When to give up on an emulated host.")
  @Nullable String timeout;

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    PrintWriter err = line().getErr();
    if (isEmulated()) {
      return EmulatedHost.canMake(host, err) ? emulated(err) : ExitStatus.UNUSABLE_HOST.code();
    }
    Host here = Host.detect();
    if (here.emulatesSupervisor()) {
      throw UnusableHostException.emulatesSupervisor(here.module());
    }
    LinuxSpec linux = description(LinuxFiles.kernel(GuestKernelFile.find(kernel)));
    try (Kvm kvm = Kvm.open(Device.path());
        SerialTerminal terminal = SerialTerminal.open();
        LinuxMachine machine = new LinuxMachine(kvm, linux, terminal)) {
      terminal.attach(machine);
      LinuxResult result =
          machine.run(timeLimit == null ? Duration.ofDays(365) : Duration.ofSeconds(timeLimit));
      terminal.restore();
      if (result.outcome() == Outcome.COMPLETED) {
        return ExitStatus.DONE.code();
      }
      err.println("kvmpl: " + result.message());
      return (result.outcome() == Outcome.TIMED_OUT ? ExitStatus.TIMED_OUT : ExitStatus.FAILED)
          .code();
    } catch (Boot.TooSmallException e) {
      throw new ParameterException(line(), e.getMessage() + ": give it more by --memory", e);
    } catch (PayloadsTooLargeException e) {
      throw new IllegalStateException("the built-in validator is too large", e);
    }
  }

  private LinuxSpec description(KernelImage image) throws ScenarioException {
    try {
      return new LinuxSpec(LinuxFiles.validator(), image, ramDisk(), append, cpus, memory * MIB);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(line(), String.valueOf(e.getMessage()), e);
    }
  }

  private InitialRamDisk ramDisk() throws ScenarioException {
    if (initrd != null) {
      return LinuxFiles.ramDisk(initrd);
    }
    RamDisk own = LinuxFiles.ramDisk();
    return (command == null ? own : own.run(command)).archive();
  }

  private int emulated(PrintWriter err) throws IOException, InterruptedException {
    Path image = GuestKernelFile.find(kernel);
    List<Path> files = new ArrayList<>(List.of(image));
    List<String> there = new ArrayList<>(List.of("boot", "--kernel", image.toString()));
    there.addAll(List.of("--append", append, "--cpus", "" + cpus, "--memory", "" + memory));
    if (initrd != null) {
      files.add(initrd);
      there.addAll(List.of("--initrd", initrd.toString()));
    }
    if (command != null) {
      there.addAll(List.of("--exec", command));
    }
    if (timeLimit != null) {
      there.addAll(List.of("--time-limit", timeLimit.toString()));
    }
    return EmulatedHost.run(host, hostKernel, timeout, files, there, err);
  }

  private boolean isEmulated() {
    if (host.equals("amd") || host.equals("intel")) {
      return true;
    }
    if (!host.equals("this")) {
      throw new ParameterException(line(), "--host " + host + " is not this, amd or intel");
    }
    if (hostKernel != null || timeout != null) {
      throw new ParameterException(
          line(), "--host-kernel and --timeout go with --host amd or intel");
    }
    return false;
  }

  private picocli.CommandLine line() {
    return Objects.requireNonNull(spec).commandLine();
  }
}
