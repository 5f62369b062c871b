// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.ValidatorTables.Ownership;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import java.io.PrintWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** A run as a story: a line a step, then what it came to. */
public final class TextReport {
  private static final double NS_PER_US = 1000;

  private final ScenarioRun run;
  private final Scenario scenario;
  private final PrintWriter out;

  private TextReport(ScenarioRun run, PrintWriter out) {
    this.run = run;
    this.scenario = run.scenario();
    this.out = out;
  }

  /** Writes all of it. */
  public static void write(Host host, ScenarioRun run, PrintWriter out) {
    new TextReport(run, out).document(host);
    out.flush();
  }

  private void document(Host host) {
    RunResult result = run.result();
    out.printf(
        Locale.ROOT,
        "%s on %s, Linux %s, %s, enforcement %s%n%n",
        OneLine.of(scenario.name()),
        host.backend(),
        host.kernel(),
        host.cpu(),
        scenario.machine().enforcement().label());
    print(
        new Table("     time", "by", "step", "driver", "what"),
        rows -> steps(rows, result.steps()));
    print(
        new Table("driver", "operation", "address", "bytes", "data", "verdict", "error", "owner"),
        rows -> operations(rows, result.operations()));
    print(new Table("ownership map", "range", "driver"), rows -> ownership(rows, result));
    print(new Table("permissions", "level", "range", "may"), rows -> permissions(rows, result));
    if (!scenario.watch().isEmpty()) {
      print(new Table("memory", "bytes"), this::watch);
    }
    if (scenario.sharesLevels()) {
      out.printf(
          "several processors share a level: docs/security.md says in column %s what is exact%n",
          host.module());
    }
    ending(result);
  }

  private void print(Table table, Consumer<Table.Row> rows) {
    table.print(out, rows);
    out.println();
  }

  private void steps(Table.Row rows, List<StepEvent> events) {
    for (StepEvent event : events) {
      rows.of(
          String.format(Locale.ROOT, "%9.1f us", event.tNs() / NS_PER_US),
          event.vmpl() == StepEvent.HYPERVISOR
              ? "VMM"
              : String.format(Locale.ROOT, "VMPL%d vcpu%d", event.vmpl(), event.vcpu()),
          event.step().label(),
          scenario.driverName(event.driver()),
          event.step().meaning() + codebase(event) + where(event));
    }
  }

  private String codebase(StepEvent event) {
    return event.step() == Step.OBTAIN || event.step() == Step.EXECUTE
        ? " " + scenario.codebaseName(event.data())
        : "";
  }

  private static String where(StepEvent event) {
    return event.length() == 0
        ? ""
        : String.format(Locale.ROOT, " (%#x, %d bytes)", event.gpa(), event.length());
  }

  private void operations(Table.Row rows, List<Operation> operations) {
    for (Operation operation : operations) {
      rows.of(
          scenario.driverName(operation.driver()),
          operation.access().label(),
          hex(operation.gpa()),
          String.valueOf(operation.length()),
          hex(operation.data()),
          operation.verdict().label(),
          operation.verdict().done() ? "-" : hex(operation.verdict().code()),
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

  private void watch(Table.Row rows) {
    for (int i = 0; i < scenario.watch().size(); i++) {
      rows.of(
          hex(scenario.watch().get(i).gpa()),
          HexFormat.ofDelimiter(" ").formatHex(run.watched().get(i)));
    }
  }

  private void ending(RunResult result) {
    out.printf(
        Locale.ROOT,
        "%s%s in %.1f ms, exits %s%n",
        result.outcome().label(),
        result.message().isEmpty() ? "" : ": " + result.message(),
        result.durationNs() / NS_PER_US / NS_PER_US,
        result.exits());
    if (result.lostRecords() > 0) {
      out.printf(Locale.ROOT, "%d steps and operations were not kept%n", result.lostRecords());
    }
    run.unmet().forEach(line -> out.println("not held: " + line));
    if (run.unmet().isEmpty()) {
      out.println("all expectations held");
    }
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
