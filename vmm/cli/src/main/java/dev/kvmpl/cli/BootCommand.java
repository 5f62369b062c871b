// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.hosts.GuestKernelFile;
import dev.kvmpl.cli.hosts.HostFiles;
import dev.kvmpl.cli.hosts.HostKeyboard;
import dev.kvmpl.cli.hosts.HostOptions;
import dev.kvmpl.cli.linux.LinuxParts;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.OutputFile;
import dev.kvmpl.cli.terminal.SerialTerminal;
import dev.kvmpl.cli.terminal.Terminal;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.boot.Boot;
import dev.kvmpl.linux.boot.KernelImage;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.report.json.LinuxJsonReport;
import dev.kvmpl.report.page.HtmlReport;
import dev.kvmpl.report.text.LinuxReport;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.linux.LinuxReader;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.scenario.linux.LinuxScenario;
import dev.kvmpl.scenario.linux.PolicyControl;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.timeline.Timeline;
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
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvmpl boot}. */
@Command(
    name = "boot",
    description = {
      "Boots an unmodified Linux kernel at VMPL1, with its console on this terminal.",
      "Without options a Debian cloud kernel, and a RAM disk with busybox: poweroff ends it."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class BootCommand implements Callable<Integer> {
  private static final long TIME_LIMIT_MAX = 365 * 86400L; // a year: none at all

  @Spec @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "POLICY.yaml",
      description = "What is protected and what runs; docs/linux.md describes the format.")
  @Nullable Path file;

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
      defaultValue = LinuxParts.QUIET,
      description = "What the kernel's command line ends with; quiet loglevel=3 by default.")
  String append = LinuxParts.QUIET;

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
      names = "--symbols",
      paramLabel = "FILE",
      description = "The kernel's symbols, as in System.map, in the place of kvmpl's agent.")
  @Nullable Path symbols;

  @Option(
      names = "--control",
      paramLabel = "FIFO",
      description = "Follows lines there: lock WHAT and unlock WHAT, of what is protected.")
  @Nullable Path control;

  @Option(
      names = "--json",
      description = "The result as one JSON document on stdout; the console is on stderr then.")
  boolean json;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Also writes a page for a browser: time line, memory, verdicts.")
  @Nullable Path report;

  @Option(
      names = "--time-limit",
      paramLabel = "SECONDS",
      description = "When to give up on the guest; never by default.")
  @Nullable Long timeLimit;

  @Mixin HostOptions hosts = new HostOptions();

  @Option(names = "--built", hidden = true, description = "A module, built from its source.")
  List<Path> built = List.of();

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    PrintWriter err = line().getErr();
    boolean emulated = hosts.isEmulated();
    LinuxScenario scenario = file == null ? LinuxScenario.plain() : LinuxReader.read(file);
    if (timeLimit != null && (timeLimit < 1 || timeLimit > TIME_LIMIT_MAX)) {
      throw new ParameterException(
          line(), "--time-limit is " + timeLimit + ", allowed are 1 to " + TIME_LIMIT_MAX);
    }
    OutputFile.check(line(), "--report", report);
    if (control != null && (emulated || !PolicyControl.isFifo(control))) {
      throw new ParameterException(
          line(),
          emulated
              ? "--control is for this machine's KVM: leave it out, or --host"
              : "--control " + control + " is no FIFO: mkfifo makes one");
    }
    if (emulated) {
      return hosts.canMake() ? emulated(scenario, err) : ExitStatus.UNUSABLE_HOST.code();
    }
    Host here = Host.detect();
    if (here.emulatesSupervisor()) {
      throw UnusableHostException.emulatesSupervisor(here.module());
    }
    LinuxParts parts = parts();
    KernelImage image = parts.image();
    LinuxSpec linux = spec(parts, scenario, image);
    try (Kvm kvm = Kvm.open(Device.path());
        SerialTerminal terminal = SerialTerminal.open(json);
        LinuxMachine machine = new LinuxMachine(kvm, linux, terminal)) {
      terminal.attach(machine);
      if (control != null) {
        PolicyControl.follow(control, machine, answer -> err.printf("kvmpl: %s\r%n", answer));
      }
      Timeline timeline = new Timeline();
      LinuxResult result =
          machine.run(
              Duration.ofSeconds(timeLimit == null ? TIME_LIMIT_MAX : timeLimit),
              report == null ? new Observer[0] : new Observer[] {timeline});
      terminal.restore();
      return report(LinuxRun.of(name(image), scenario, linux.memorySize(), result), timeline, err)
          .code();
    } catch (Boot.TooSmallException e) {
      throw new ParameterException(line(), e.getMessage() + ": give it more by --memory", e);
    } catch (PayloadsTooLargeException e) {
      throw new ParameterException(line(), String.valueOf(e.getMessage()), e);
    }
  }

  private LinuxParts parts() {
    return new LinuxParts(kernel, initrd, append, cpus, memory, symbols, command);
  }

  private LinuxSpec spec(LinuxParts parts, LinuxScenario scenario, KernelImage image)
      throws ScenarioException, IOException, InterruptedException {
    List<Path> modules = built.isEmpty() ? parts.modules(scenario) : built;
    try {
      return parts.spec(scenario, image, modules);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(line(), String.valueOf(e.getMessage()), e);
    }
  }

  private String name(KernelImage image) {
    return "Linux "
        + (image.release().isEmpty() ? kernel : image.release())
        + (file == null ? "" : ", " + file.getFileName());
  }

  private ExitStatus report(LinuxRun run, Timeline timeline, PrintWriter err) throws IOException {
    LinuxResult result = run.result();
    Host here = Host.detect();
    if (report != null) {
      OutputFile.write(report, out -> HtmlReport.write(here, run, timeline, out));
    }
    if (json) {
      LinuxJsonReport.write(here, run, System.out);
    } else if (!run.scenario().policy().protects().isEmpty()) {
      LinuxReport.write(result, Terminal.look(), line().getOut());
    }
    if (result.outcome() != Outcome.COMPLETED) {
      err.println("kvmpl: " + OneLine.of(result.message()));
      return result.outcome() == Outcome.TIMED_OUT ? ExitStatus.TIMED_OUT : ExitStatus.FAILED;
    }
    run.unmet().forEach(reason -> err.println("kvmpl: " + OneLine.of(reason)));
    return run.unmet().isEmpty() ? ExitStatus.DONE : ExitStatus.NOT_HELD;
  }

  private int emulated(LinuxScenario scenario, PrintWriter err)
      throws IOException, InterruptedException {
    Path image = GuestKernelFile.find(kernel);
    List<Path> files = new ArrayList<>(List.of(image));
    List<String> there = new ArrayList<>(List.of("boot", "--kernel", image.toString()));
    there.addAll(List.of("--append", append, "--cpus", "" + cpus, "--memory", "" + memory));
    if (initrd != null) {
      files.add(initrd);
      there.addAll(List.of("--initrd", initrd.toString()));
    }
    if (symbols != null) {
      files.add(symbols);
      there.addAll(List.of("--symbols", symbols.toString()));
    }
    if (command != null) {
      there.addAll(List.of("--exec", command));
    }
    if (json) {
      there.add("--json");
    }
    if (timeLimit != null) {
      there.addAll(List.of("--time-limit", timeLimit.toString()));
    }
    for (Path module : parts().modules(scenario)) {
      files.add(module);
      there.addAll(List.of("--built", module.toString()));
    }
    HostFiles outputs = new HostFiles();
    outputs.want(there, "--report", report);
    if (file != null) {
      files.add(file);
      there.addAll(List.of("--", file.toString()));
    }
    if (command != null || !scenario.run().isEmpty()) {
      return hosts.run(files, there, outputs);
    }
    if (!hosts.hasKeyboard()) {
      err.println(
          "kvmpl: no key reaches an emulated Intel host: --exec COMMAND runs something there");
      return hosts.run(files, there, outputs);
    }
    try (HostKeyboard keyboard = HostKeyboard.open()) {
      return hosts.runFor(keyboard, files, there, outputs);
    }
  }

  private picocli.CommandLine line() {
    return Objects.requireNonNull(spec).commandLine();
  }
}
