// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.debug.Cores;
import dev.kvmpl.cli.debug.Debugger;
import dev.kvmpl.cli.hosts.Device;
import dev.kvmpl.cli.hosts.HostFiles;
import dev.kvmpl.cli.hosts.HostOptions;
import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
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
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code kvmpl run}. */
final class RunCommand implements Callable<Integer> {
  final Options options =
      new Options(
          this,
          "Runs a scenario: drivers at VMPL1 whose writes to kernel memory are caught, judged by a"
              + " validator at VMPL0, and completed or refused.",
          "Without a file, the built-in scenario: an allowed write, a second one without an exit, a"
              + " restricted one, one into another driver's memory.");

  private final Value<Path> file =
      options.add(
          Path.class,
          PositionalParamSpec.builder()
              .arity("0..1")
              .paramLabel("FILE.yaml")
              .description("The scenario; docs/scenarios.md describes the format."));

  private final Value<Boolean> json =
      options.flag("--json", "One JSON document on stdout, and nothing else there.");

  private final Value<StepsShown> steps =
      options.add(
          StepsShown.class,
          OptionSpec.builder("--steps")
              .paramLabel("none|short|all")
              .defaultValue("all")
              .description(
                  "How much of the steps is printed: none, a line an attempt, a line a step."));

  private final Value<String> filter =
      options.add(
          String.class,
          OptionSpec.builder("--filter")
              .paramLabel("KEY=VALUE,...")
              .description(
                  "Prints only steps and operations with these: driver=, verdict=, operation=,"
                      + " step=; several of a key are either, several keys are both."));

  private final Value<Path> report =
      options.add(
          Path.class,
          OptionSpec.builder("--report")
              .paramLabel("FILE.html")
              .description("Also writes a page for a browser: time line, memory, verdicts."));

  private final Value<Path> trace =
      options.add(
          Path.class,
          OptionSpec.builder("--trace")
              .paramLabel("FILE.json")
              .description("Also writes the steps in the form that ui.perfetto.dev opens."));

  private final Value<String> gdb =
      options.add(
          String.class,
          OptionSpec.builder("--gdb")
              .arity("0..1")
              .paramLabel("ADDRESS")
              .fallbackValue("127.0.0.1:1234")
              .description(
                  "Waits for a GDB before it runs, at 127.0.0.1:1234 if no PORT or HOST:PORT is"
                      + " given: docs/debugging.md."));

  private final Value<String> breakAt =
      options.add(
          String.class,
          OptionSpec.builder("--break-at")
              .paramLabel("STEP")
              .description("With --gdb: stops at this step of the hypervisor's, such as LAUNCH."));

  private final Value<Path> core =
      options.add(
          Path.class,
          OptionSpec.builder("--core")
              .paramLabel("DIR")
              .description(
                  "If the machine does not complete, writes an ELF core for GDB of each level into"
                      + " this folder: docs/debugging.md."));

  private final Value<String> policy =
      options.add(
          String.class,
          OptionSpec.builder("--policy")
              .paramLabel("enforce|watch")
              .description(
                  "In the place of the scenario's: with watch VMPL0 judges, and what it would"
                      + " refuse happens all the same."));

  private final Value<Boolean> listFiles =
      options.flag(
          "--list-files",
          "Prints the files that the scenario consists of, each with a NUL byte after it, and runs"
              + " nothing.");

  private final HostOptions hosts =
      new HostOptions(options)
          .kernelAlso("--kernel", "The same as --host-kernel: no other kernel is booted.");

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    if (listFiles.get()) {
      for (Path needed : file.isGiven() ? ScenarioReader.files(file.get()) : List.<Path>of()) {
        System.out.print(needed + "\0");
      }
      return ExitStatus.DONE.code();
    }
    OutputFile.check(options.line(), "--report", report.orNull());
    OutputFile.check(options.line(), "--trace", trace.orNull());
    if (hosts.isEmulated()) {
      return emulated();
    }
    Cores cores = Cores.in(core.orNull(), options.line());
    Scenario scenario = scenario();
    Filter shown = filter(scenario);
    Host host = Host.detect();
    Timeline timeline = new Timeline();
    ScenarioRun run;
    try (Kvm kvm = Kvm.open(Device.path());
        Debugger debugger = Debugger.of(gdb.orNull(), breakAt.orNull(), scenario, options.line());
        Progress _ = progress(debugger.isWanted() ? "debugging" : "running " + scenario.name())) {
      run =
          ScenarioRun.of(
              kvm, debugger.scenario(), cores::write, observers(timeline, debugger, cores));
    }
    try (Progress _ = progress("writing what --report and --trace ask for")) {
      writeFiles(host, run, timeline);
    }
    if (json.get()) {
      JsonReport.write(host, run, System.out);
    } else {
      TextReport.write(
          host,
          run,
          new TextReport.Options(steps.get(), shown, Terminal.look()),
          options.line().getOut());
    }
    return status(run).code();
  }

  private Scenario scenario() throws ScenarioException {
    Policy wanted = policy.isGiven() ? PolicyOption.of(options.line(), policy.get()) : null;
    Scenario read = file.isGiven() ? ScenarioReader.read(file.get()) : ScenarioReader.builtIn();
    return wanted == null ? read : read.withMachine(read.machine().but().policy(wanted).build());
  }

  private Progress progress(String what) {
    return new Progress(OneLine.of(what), options.line().getErr());
  }

  private Observer[] observers(Timeline timeline, Debugger debugger, Cores cores) {
    List<Observer> observers = new ArrayList<>(debugger.observers());
    observers.addAll(cores.observers());
    if (FlightObserver.isWanted()) {
      observers.add(new FlightObserver());
    }
    if (report.isGiven() || trace.isGiven()) {
      observers.add(timeline);
    }
    return observers.toArray(Observer[]::new);
  }

  private Filter filter(Scenario scenario) {
    try {
      return filter.isGiven() ? Filter.parse(filter.get(), scenario) : Filter.ALL;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(options.line(), e.getMessage());
    }
  }

  private void writeFiles(Host host, ScenarioRun run, Timeline timeline) {
    if (report.isGiven()) {
      OutputFile.write(report.get(), out -> HtmlReport.write(host, run, timeline, out));
    }
    if (trace.isGiven()) {
      OutputFile.write(trace.get(), out -> TraceFile.write(run, timeline, out));
    }
  }

  private int emulated() throws ScenarioException, IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("run"));
    command.addAll(thereToo());
    HostFiles outputs = new HostFiles();
    outputs.want(command, "--report", report.orNull());
    outputs.want(command, "--trace", trace.orNull());
    List<Path> files = List.of();
    if (file.isGiven()) {
      if (hosts.canMake()) { // of a wrong scenario there is no use in a host
        ScenarioReader.read(file.get());
        files = ScenarioReader.files(file.get());
      } else {
        return ExitStatus.UNUSABLE_HOST.code();
      }
      command.addAll(List.of("--", file.get().toString()));
    }
    return hosts.run(files, command, outputs);
  }

  /** What an emulated host's run is told. */
  private List<String> thereToo() {
    if (gdb.isGiven() || core.isGiven()) {
      throw new ParameterException(
          options.line(), "--gdb and --core are for this machine, not for --host");
    }
    List<String> there = new ArrayList<>();
    if (json.get()) {
      there.add("--json");
    }
    if (steps.get() != StepsShown.ALL) {
      there.add("--steps=" + steps.get().label());
    }
    if (policy.isGiven()) {
      there.add("--policy=" + PolicyOption.of(options.line(), policy.get()).label());
    }
    if (filter.isGiven()) {
      there.add("--filter=" + filter.get());
    }
    return there;
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
