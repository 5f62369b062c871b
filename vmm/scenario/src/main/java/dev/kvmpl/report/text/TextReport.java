// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.report.PagesByWriter;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.timeline.SourceLines;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A run as a story: a line a step, then what it came to. */
public final class TextReport {
  private static final double NS_PER_US = 1000;
  private static final int LATEST = 6;

  /** The first line of a run in which refusals are none. */
  private static final String WATCHED =
      "NOT ENFORCED, policy watch: what VMPL0 would refuse happens all the same";

  private final ScenarioRun run;
  private final Options options;
  private final Scenario scenario;
  private final PrintWriter out;

  private TextReport(ScenarioRun run, Options options, PrintWriter out) {
    this.run = run;
    this.options = options;
    this.scenario = run.scenario();
    this.out = out;
  }

  /**
   * What of a run is told, and how.
   *
   * @param filter of steps and operations
   */
  public record Options(StepsShown steps, Filter filter, Look look) {
    /** All of it, for a file. */
    public static final Options DEFAULT = new Options(StepsShown.ALL, Filter.ALL, Look.PLAIN);
  }

  /** Writes all of it. */
  public static void write(Host host, ScenarioRun run, PrintWriter out) {
    write(host, run, Options.DEFAULT, out);
  }

  /** Writes what is asked for. */
  public static void write(Host host, ScenarioRun run, Options options, PrintWriter out) {
    new TextReport(run, options, out).document(host);
    out.flush();
  }

  private void document(Host host) {
    RunResult result = run.result();
    if (!scenario.isEnforced()) {
      out.println(options.look().bad(WATCHED));
    }
    options
        .look()
        .paragraph(
            out,
            String.format(
                Locale.ROOT,
                "%s on %s, Linux %s, %s, enforcement %s",
                OneLine.of(scenario.name()),
                host.backend(),
                host.kernel(),
                host.cpu(),
                scenario.machine().enforcement().label()));
    out.println();
    steps(result);
    print(
        table("driver", "op", "address", "bytes", "data", "verdict", "error", "owner"),
        rows -> operations(rows, result.operations()));
    print(table("ownership map", "range", "driver"), rows -> ownership(rows, result));
    print(table("permissions", "level", "range", "may"), rows -> permissions(rows, result));
    if (!scenario.isEnforced()) {
      print(table("pages by writer", "pages", "would be refused"), rows -> writers(rows, result));
    }
    if (!scenario.watch().isEmpty()) {
      print(table("memory", "bytes"), this::watch);
    }
    if (!result.console().isEmpty()) {
      print(table("console us", "by", "driver", "text"), rows -> console(rows, result));
    }
    if (!result.stopped().isEmpty()) {
      stopped(result);
    }
    if (scenario.sharesLevels()) {
      options
          .look()
          .paragraph(
              out,
              "several processors share a level: docs/security.md says in column "
                  + host.module()
                  + " what is exact");
    }
    ending(result);
  }

  private Table table(String... heading) {
    return new Table(options.look(), heading);
  }

  private void steps(RunResult result) {
    StepLines lines = new StepLines(scenario, result, options.filter(), options.look());
    switch (options.steps()) {
      case NONE -> {}
      case SHORT -> {
        lines.attempts(out);
        out.println();
      }
      case ALL -> {
        lines.all(out);
        out.println();
      }
    }
  }

  private void print(Table table, Consumer<Table.Row> rows) {
    table.print(out, rows);
    out.println();
  }

  private void operations(Table.Row rows, List<Operation> operations) {
    for (Operation operation : operations) {
      if (!options.filter().shows(scenario, operation)) {
        continue;
      }
      rows.of(
          scenario.driverName(operation.driver()),
          operation.access().label(),
          hex(operation.gpa()),
          String.valueOf(operation.length()),
          hex(operation.data()),
          scenario.verdictName(operation.verdict()),
          operation.verdict().reason().done() ? "-" : hex(operation.verdict().reason().code()),
          scenario.driverName(operation.owner()));
    }
  }

  private void ownership(Table.Row rows, RunResult result) {
    for (Ownership entry : result.before().ownership()) {
      rows.of("before", entry.range().toString(), scenario.driverName(entry.driver()));
    }
    for (Ownership entry : result.after().ownership()) {
      rows.of("after", entry.range().toString(), scenario.driverName(entry.driver()));
    }
  }

  private void permissions(Table.Row rows, RunResult result) {
    permissions(rows, "before", result.before());
    grants(rows, result.steps());
    permissions(rows, "after", result.after());
  }

  /** What drivers had for as long as they had their vCPUs. */
  private void grants(Table.Row rows, List<StepEvent> steps) {
    for (StepEvent event : steps) {
      if (event.step() == Step.GRANT && scenario.isDriver(event.driver())) {
        rows.of(
            "granted to " + scenario.driverName(event.driver()),
            scenario.machine().drivers().get(event.driver() - 1).level().name(),
            new PageRange(event.gpa(), event.gpa() + event.length()).toString(),
            PagePermissions.toString((int) event.data()));
      }
    }
  }

  private void writers(Table.Row rows, RunResult result) {
    for (PagesByWriter writer : PagesByWriter.of(result.operations())) {
      rows.of(
          scenario.driverName(writer.driver()),
          String.valueOf(writer.pages()),
          String.valueOf(writer.refused()));
    }
  }

  private static void permissions(Table.Row rows, String when, RunResult.State state) {
    state
        .columns()
        .forEach(
            (level, runs) -> {
              for (Rmp.Run pages : runs) {
                rows.of(
                    when,
                    level.name(),
                    pages.range().toString(),
                    PagePermissions.toString(pages.permissions()));
              }
            });
  }

  private void console(Table.Row rows, RunResult result) {
    for (PrintedLine line : result.console()) {
      rows.of(
          String.format(Locale.ROOT, "%10.1f", line.tNs() / NS_PER_US),
          line.level().name() + " vcpu" + line.vcpu(),
          scenario.driverName(line.driver()),
          OneLine.of(line.text()));
    }
  }

  /** Where a machine that did not complete was, and what came before. */
  private void stopped(RunResult result) {
    SourceLines lines =
        SourceLines.of(run.images(), result.stopped().stream().map(StoppedVcpu::rip).toList());
    for (StoppedVcpu vcpu : result.stopped()) {
      String driver = vcpu.driver() == 0 ? "" : " for " + scenario.driverName(vcpu.driver());
      out.println(
          options.look().bad(vcpu.name() + driver + " stopped at " + lines.words(vcpu.rip())));
      options.look().paragraph(out, vcpu.registers());
    }
    List<StepEvent> steps = result.steps();
    List<StepEvent> latest = steps.subList(Math.max(0, steps.size() - LATEST), steps.size());
    out.println(
        "the last steps: "
            + latest.stream().map(event -> event.step().label()).collect(Collectors.joining(" ")));
    out.println();
  }

  private void watch(Table.Row rows) {
    for (int i = 0; i < scenario.watch().size(); i++) {
      rows.of(
          hex(scenario.watch().get(i).gpa()),
          HexFormat.ofDelimiter(" ").formatHex(run.watched().get(i)));
    }
  }

  private void ending(RunResult result) {
    Look look = options.look();
    look.paragraph(
        out,
        String.format(
            Locale.ROOT,
            "%s%s in %.1f ms, exits %s",
            result.outcome().label(),
            result.message().isEmpty() ? "" : ": " + result.message(),
            result.durationNs() / NS_PER_US / NS_PER_US,
            exits(result)));
    if (result.lostRecords() > 0) {
      out.printf(Locale.ROOT, "%d steps and operations were not kept%n", result.lostRecords());
    }
    run.unmet().forEach(line -> out.println(look.bad("not held: " + line)));
    if (run.unmet().isEmpty()) {
      out.println(look.good("all expectations held"));
    }
  }

  private static String exits(RunResult result) {
    return result.exits().entrySet().stream()
        .map(exit -> exit.getKey() + "=" + exit.getValue())
        .collect(Collectors.joining(", "));
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
