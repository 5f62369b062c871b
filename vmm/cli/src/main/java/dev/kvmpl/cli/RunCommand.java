// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.debug.Cores;
import dev.kvmpl.cli.debug.Debugger;
import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.hosts.HostFiles;
import dev.kvmpl.cli.hosts.HostOptions;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.OutputFile;
import dev.kvmpl.cli.terminal.Progress;
import dev.kvmpl.cli.terminal.Terminal;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.observe.FlightObserver;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.report.json.JsonReport;
import dev.kvmpl.report.json.TraceFile;
import dev.kvmpl.report.page.HtmlReport;
import dev.kvmpl.report.text.Filter;
import dev.kvmpl.report.text.StepsShown;
import dev.kvmpl.report.text.TextReport;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.timeline.Timeline;
import java.io.IOException;
import java.nio.file.Path;
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

/** {@code kvmpl run}. */
@Command(
    name = "run",
    description = {
      "Runs a scenario: drivers at VMPL1 whose writes to kernel memory are caught, judged by a"
          + " validator at VMPL0, and completed or refused.",
      "Without a file, the built-in scenario: an allowed write, a second one without an exit, a"
          + " restricted one, one into another driver's memory."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class RunCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "FILE.yaml",
      description = "The scenario; docs/scenarios.md describes the format.")
  @Nullable Path file;

  @Option(names = "--json", description = "One JSON document on stdout, and nothing else there.")
  boolean json;

  @Option(
      names = "--steps",
      paramLabel = "none|short|all",
      defaultValue = "all",
      description = "How much of the steps is printed: none, a line an attempt, a line a step.")
  StepsShown steps = StepsShown.ALL;

  @Option(
      names = "--filter",
      paramLabel = "KEY=VALUE,...",
      description =
          "Prints only steps and operations with these: driver=, verdict=, operation=, step=;"
              + " several of a key are either, several keys are both.")
  @Nullable String filter;

  @Option(
      names = "--report",
      paramLabel = "FILE.html",
      description = "Also writes a page for a browser: time line, memory, verdicts.")
  @Nullable Path report;

  @Option(
      names = "--trace",
      paramLabel = "FILE.json",
      description = "Also writes the steps in the form that ui.perfetto.dev opens.")
  @Nullable Path trace;

  @Option(
      names = "--gdb",
      arity = "0..1",
      paramLabel = "ADDRESS",
      fallbackValue = "127.0.0.1:1234",
      description =
          "Waits for a GDB before it runs, at 127.0.0.1:1234 if no PORT or HOST:PORT is given:"
              + " docs/debugging.md.")
  @Nullable String gdb;

  @Option(
      names = "--break-at",
      paramLabel = "STEP",
      description = "With --gdb: stops at this step of the hypervisor's, such as LAUNCH.")
  @Nullable String breakAt;

  @Option(
      names = "--core",
      paramLabel = "DIR",
      description =
          "If the machine does not complete, writes an ELF core for GDB of each level into this"
              + " folder: docs/debugging.md.")
  @Nullable Path core;

  @Option(
      names = "--policy",
      paramLabel = "enforce|watch",
      description =
          "In the place of the scenario's: with watch VMPL0 judges, and what it would refuse happens"
              + " all the same.")
  @Nullable String policy;

  @Option(
      names = "--list-files",
      description =
          "Prints the files that the scenario consists of, each with a NUL byte after it, and runs"
              + " nothing.")
  boolean listFiles;

  @Mixin HostOptions hosts = new HostOptions();

  @Option(
      names = "--kernel",
      paramLabel = "VERSION|PATH",
      description = "The same as --host-kernel: no other kernel is booted.")
  void kernel(String wanted) {
    hosts.kernel(wanted);
  }

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    if (listFiles) {
      for (Path needed : file == null ? List.<Path>of() : ScenarioReader.files(file)) {
        System.out.print(needed + "\0");
      }
      return ExitStatus.DONE.code();
    }
    OutputFile.check(commandSpec().commandLine(), "--report", report);
    OutputFile.check(commandSpec().commandLine(), "--trace", trace);
    if (hosts.isEmulated()) {
      return emulated();
    }
    Cores cores = Cores.in(core, commandSpec().commandLine());
    Scenario scenario = scenario();
    Filter shown = filter(scenario);
    Host host = Host.detect();
    Timeline timeline = new Timeline();
    ScenarioRun run;
    try (Kvm kvm = Kvm.open(Device.path());
        Debugger debugger = Debugger.of(gdb, breakAt, scenario, commandSpec().commandLine());
        Progress _ = progress(debugger.isWanted() ? "debugging" : "running " + scenario.name())) {
      run =
          ScenarioRun.of(
              kvm, debugger.scenario(), cores::write, observers(timeline, debugger, cores));
    }
    try (Progress _ = progress("writing what --report and --trace ask for")) {
      writeFiles(host, run, timeline);
    }
    if (json) {
      JsonReport.write(host, run, System.out);
    } else {
      TextReport.write(
          host,
          run,
          new TextReport.Options(steps, shown, Terminal.look()),
          commandSpec().commandLine().getOut());
    }
    return status(run).code();
  }

  private Scenario scenario() throws ScenarioException {
    Policy wanted = policy == null ? null : PolicyOption.of(commandSpec().commandLine(), policy);
    Scenario read = file == null ? ScenarioReader.builtIn() : ScenarioReader.read(file);
    return wanted == null ? read : read.withMachine(read.machine().but().policy(wanted).build());
  }

  private Progress progress(String what) {
    return new Progress(OneLine.of(what), commandSpec().commandLine().getErr());
  }

  private Observer[] observers(Timeline timeline, Debugger debugger, Cores cores) {
    List<Observer> observers = new ArrayList<>(debugger.observers());
    observers.addAll(cores.observers());
    if (FlightObserver.isWanted()) {
      observers.add(new FlightObserver());
    }
    if (report != null || trace != null) {
      observers.add(timeline);
    }
    return observers.toArray(Observer[]::new);
  }

  private Filter filter(Scenario scenario) {
    try {
      return filter == null ? Filter.ALL : Filter.parse(filter, scenario);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(commandSpec().commandLine(), e.getMessage());
    }
  }

  private void writeFiles(Host host, ScenarioRun run, Timeline timeline) {
    if (report != null) {
      OutputFile.write(report, out -> HtmlReport.write(host, run, timeline, out));
    }
    if (trace != null) {
      OutputFile.write(trace, out -> TraceFile.write(run, timeline, out));
    }
  }

  private CommandSpec commandSpec() {
    return Objects.requireNonNull(spec);
  }

  private int emulated() throws ScenarioException, IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("run"));
    command.addAll(thereToo());
    HostFiles outputs = new HostFiles();
    outputs.want(command, "--report", report);
    outputs.want(command, "--trace", trace);
    List<Path> files = List.of();
    if (file != null) {
      if (hosts.canMake()) { // of a wrong scenario there is no use in a host
        ScenarioReader.read(file);
        files = ScenarioReader.files(file);
      } else {
        return ExitStatus.UNUSABLE_HOST.code();
      }
      command.addAll(List.of("--", file.toString()));
    }
    return hosts.run(files, command, outputs);
  }

  /** What an emulated host's run is told. */
  private List<String> thereToo() {
    if (gdb != null || core != null) {
      throw new ParameterException(
          commandSpec().commandLine(), "--gdb and --core are for this machine, not for --host");
    }
    List<String> options = new ArrayList<>();
    if (json) {
      options.add("--json");
    }
    if (steps != StepsShown.ALL) {
      options.add("--steps=" + steps.label());
    }
    if (policy != null) {
      options.add("--policy=" + PolicyOption.of(commandSpec().commandLine(), policy).label());
    }
    if (filter != null) {
      options.add("--filter=" + filter);
    }
    return options;
  }

  private static ExitStatus status(ScenarioRun run) {
    if (run.unmet().isEmpty()) {
      return ExitStatus.DONE;
    }
    Outcome outcome = run.result().outcome();
    boolean surprising = outcome != run.scenario().expectation().outcome();
    if (surprising && outcome == Outcome.TIMED_OUT) {
      return ExitStatus.TIMED_OUT;
    }
    return surprising && outcome == Outcome.FAILED ? ExitStatus.FAILED : ExitStatus.NOT_HELD;
  }
}
