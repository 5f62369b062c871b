// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.hosts.GuestKernelFile;
import dev.kvmpl.cli.hosts.GuestModules;
import dev.kvmpl.cli.hosts.HostFiles;
import dev.kvmpl.cli.hosts.HostKeyboard;
import dev.kvmpl.cli.hosts.HostOptions;
import dev.kvmpl.cli.linux.LinuxParts;
import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
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
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code kvmpl boot}. */
final class BootCommand implements Callable<Integer> {
  private static final long TIME_LIMIT_MAX = 365 * 86400L; // a year: none at all

  final Options options =
      new Options(
          this,
          "Boots an unmodified Linux kernel at VMPL1, with its console on this terminal.",
          "Without options a Debian cloud kernel, and a RAM disk with busybox: poweroff ends it.");

  private final Value<Path> file =
      options.add(
          Path.class,
          PositionalParamSpec.builder()
              .arity("0..1")
              .paramLabel("POLICY.yaml")
              .description("What is protected and what runs; docs/linux.md describes the format."));

  private final Value<String> kernel =
      options.add(
          String.class,
          OptionSpec.builder("--kernel")
              .paramLabel("VERSION|FILE")
              .defaultValue("6.12")
              .description("6.1, 6.12 (default) or newest of Debian's, a bzImage or a vmlinux."));

  private final Value<Path> initrd =
      options.add(
          Path.class,
          OptionSpec.builder("--initrd")
              .paramLabel("FILE")
              .description("An initial RAM disk of your own in the place of busybox."));

  private final Value<String> append =
      options.add(
          String.class,
          OptionSpec.builder("--append")
              .paramLabel("TEXT")
              .defaultValue(LinuxParts.QUIET)
              .description(
                  "What the kernel's command line ends with; quiet loglevel=3 by default."));

  private final Value<Integer> cpus =
      options.add(
          int.class,
          OptionSpec.builder("--cpus")
              .paramLabel("N")
              .defaultValue("1")
              .description("How many processors it has: 1 (default) to 4."));

  private final Value<Long> memory =
      options.add(
          long.class,
          OptionSpec.builder("--memory")
              .paramLabel("MIB")
              .defaultValue("256")
              .description("How much memory it has: 256 MiB by default."));

  private final Value<String> command =
      options.add(
          String.class,
          OptionSpec.builder("--exec")
              .paramLabel("COMMAND")
              .description("Runs that inside instead of a shell, and switches off."));

  private final Value<Path> symbols =
      options.add(
          Path.class,
          OptionSpec.builder("--symbols")
              .paramLabel("FILE")
              .description(
                  "The kernel's symbols, as in System.map, in the place of kvmpl's agent."));

  private final Value<Path> control =
      options.add(
          Path.class,
          OptionSpec.builder("--control")
              .paramLabel("FIFO")
              .description(
                  "Follows lines there: lock WHAT and unlock WHAT, of what is protected."));

  private final Value<Boolean> json =
      options.flag(
          "--json", "The result as one JSON document on stdout; the console is on stderr then.");

  private final Value<Path> report =
      options.add(
          Path.class,
          OptionSpec.builder("--report")
              .paramLabel("FILE.html")
              .description("Also writes a page for a browser: time line, memory, verdicts."));

  private final Value<Long> timeLimit =
      options.add(
          long.class,
          OptionSpec.builder("--time-limit")
              .paramLabel("SECONDS")
              .description("When to give up on the guest; never by default."));

  private final HostOptions hosts = new HostOptions(options);

  private final Value<List<Path>> built = GuestModules.builtOnes(options);

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    PrintWriter err = options.line().getErr();
    boolean emulated = hosts.isEmulated();
    LinuxScenario scenario = file.isGiven() ? LinuxReader.read(file.get()) : LinuxScenario.plain();
    if (timeLimit.isGiven() && (timeLimit.get() < 1 || timeLimit.get() > TIME_LIMIT_MAX)) {
      throw new ParameterException(
          options.line(),
          "--time-limit is " + timeLimit.get() + ", allowed are 1 to " + TIME_LIMIT_MAX);
    }
    OutputFile.check(options.line(), "--report", report.orNull());
    if (control.isGiven() && (emulated || !PolicyControl.isFifo(control.get()))) {
      throw new ParameterException(
          options.line(),
          emulated
              ? "--control is for this machine's KVM: leave it out, or --host"
              : "--control " + control.get() + " is no FIFO: mkfifo makes one");
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
        SerialTerminal terminal = SerialTerminal.open(json.get());
        LinuxMachine machine = new LinuxMachine(kvm, linux, terminal)) {
      terminal.attach(machine);
      if (control.isGiven()) {
        PolicyControl.follow(control.get(), machine, answer -> err.printf("kvmpl: %s\r%n", answer));
      }
      Timeline timeline = new Timeline();
      LinuxResult result =
          machine.run(
              Duration.ofSeconds(timeLimit.isGiven() ? timeLimit.get() : TIME_LIMIT_MAX),
              report.isGiven() ? new Observer[] {timeline} : new Observer[0]);
      terminal.restore();
      return report(LinuxRun.of(name(image), scenario, linux.memorySize(), result), timeline, err)
          .code();
    } catch (Boot.TooSmallException e) {
      throw new ParameterException(
          options.line(), e.getMessage() + ": give it more by --memory", e);
    } catch (PayloadsTooLargeException e) {
      throw new ParameterException(options.line(), String.valueOf(e.getMessage()), e);
    }
  }

  private LinuxParts parts() {
    return new LinuxParts(
        kernel.get(),
        initrd.orNull(),
        append.get(),
        cpus.get(),
        memory.get(),
        symbols.orNull(),
        command.orNull());
  }

  private LinuxSpec spec(LinuxParts parts, LinuxScenario scenario, KernelImage image)
      throws ScenarioException, IOException, InterruptedException {
    List<Path> modules = built.get().isEmpty() ? parts.modules(scenario) : built.get();
    try {
      return parts.spec(scenario, image, modules);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(options.line(), String.valueOf(e.getMessage()), e);
    }
  }

  private String name(KernelImage image) {
    return "Linux "
        + (image.release().isEmpty() ? kernel.get() : image.release())
        + (file.isGiven() ? ", " + file.get().getFileName() : "");
  }

  private ExitStatus report(LinuxRun run, Timeline timeline, PrintWriter err) throws IOException {
    LinuxResult result = run.result();
    Host here = Host.detect();
    if (report.isGiven()) {
      OutputFile.write(report.get(), out -> HtmlReport.write(here, run, timeline, out));
    }
    if (json.get()) {
      LinuxJsonReport.write(here, run, System.out);
    } else if (!run.scenario().policy().protects().isEmpty()) {
      LinuxReport.write(result, Terminal.look(), options.line().getOut());
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
    Path image = GuestKernelFile.find(kernel.get());
    List<Path> files = new ArrayList<>(List.of(image));
    List<String> there = new ArrayList<>(List.of("boot", "--kernel", image.toString()));
    there.addAll(List.of("--append", append.get()));
    there.addAll(List.of("--cpus", "" + cpus.get(), "--memory", "" + memory.get()));
    if (initrd.isGiven()) {
      files.add(initrd.get());
      there.addAll(List.of("--initrd", initrd.get().toString()));
    }
    if (symbols.isGiven()) {
      files.add(symbols.get());
      there.addAll(List.of("--symbols", symbols.get().toString()));
    }
    if (command.isGiven()) {
      there.addAll(List.of("--exec", command.get()));
    }
    if (json.get()) {
      there.add("--json");
    }
    if (timeLimit.isGiven()) {
      there.addAll(List.of("--time-limit", timeLimit.get().toString()));
    }
    for (Path module : parts().modules(scenario)) {
      files.add(module);
      there.addAll(List.of("--built", module.toString()));
    }
    HostFiles outputs = new HostFiles();
    outputs.want(there, "--report", report.orNull());
    if (file.isGiven()) {
      files.add(file.get());
      there.addAll(List.of("--", file.get().toString()));
    }
    if (command.isGiven() || !scenario.run().isEmpty()) {
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
}
