// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.observe.FlightObserver;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.report.JsonReport;
import dev.kvmpl.report.TextReport;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
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
    mixinStandardHelpOptions = true)
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
      names = "--list-files",
      description =
          "Prints the files that the scenario consists of, each with a NUL byte after it, and runs"
              + " nothing.")
  boolean listFiles;

  @Option(
      names = "--host",
      paramLabel = "this|amd|intel",
      defaultValue = "this",
      description = "This machine's KVM (default), or an emulated AMD or Intel host with its own.")
  String host = "this";

  @Option(
      names = "--kernel",
      paramLabel = "VERSION|PATH",
      description = "The kernel that an emulated host boots: 6.1, 6.12, newest, or a file.")
  @Nullable String kernel;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "When to give up on an emulated host.")
  @Nullable String timeout;

  @Override
  public Integer call() throws ScenarioException, InterruptedException, IOException {
    if (listFiles) {
      for (Path needed : file == null ? List.<Path>of() : ScenarioReader.files(file)) {
        System.out.print(needed + "\0");
      }
      return ExitStatus.DONE.code();
    }
    if (isEmulated()) {
      PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
      return EmulatedHost.run(host, kernel, timeout, file, json, err);
    }
    Scenario scenario = file == null ? ScenarioReader.builtIn() : ScenarioReader.read(file);
    Host host = Host.detect();
    ScenarioRun run;
    try (Kvm kvm = Kvm.open(Device.path())) {
      run = ScenarioRun.of(kvm, scenario, observers());
    }
    if (json) {
      JsonReport.write(host, run, System.out);
    } else {
      TextReport.write(host, run, Objects.requireNonNull(spec).commandLine().getOut());
    }
    return status(run).code();
  }

  private static Observer[] observers() {
    return FlightObserver.isWanted() ? new Observer[] {new FlightObserver()} : new Observer[0];
  }

  private boolean isEmulated() {
    if (host.equals("amd") || host.equals("intel")) {
      return true;
    }
    CommandLine line = Objects.requireNonNull(spec).commandLine();
    if (!host.equals("this")) {
      throw new ParameterException(line, "--host " + host + " is not this, amd or intel");
    }
    if (kernel != null || timeout != null) {
      throw new ParameterException(line, "--kernel and --timeout go with --host amd or intel");
    }
    return false;
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
