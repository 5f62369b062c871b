// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import java.io.PrintWriter;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** The steps of a run, for people. */
final class StepLines {
  private static final double NS_PER_US = 1000;

  private final Scenario scenario;
  private final RunResult result;
  private final Filter filter;
  private final Look look;
  private final boolean concurrent;

  StepLines(Scenario scenario, RunResult result, Filter filter, Look look) {
    this.scenario = scenario;
    this.result = result;
    this.filter = filter;
    this.look = look;
    this.concurrent = result.steps().stream().anyMatch(event -> event.processor() != 0);
  }

  /** A line a step. */
  void all(PrintWriter out) {
    Set<StepEvent> shown = Collections.newSetFromMap(new IdentityHashMap<>());
    Set<StepEvent> first = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Attempt attempt : Attempt.of(result)) {
      first.add(attempt.steps().getFirst());
      if (filter.shows(scenario, attempt)) {
        shown.addAll(attempt.steps());
      }
    }
    new Table(look, "time us", "by", "step", "driver", "what")
        .print(
            out,
            rows -> {
              for (StepEvent event : result.steps()) {
                if (shown.contains(event) && filter.shows(event.step())) {
                  rows.of(
                      micros(event.tNs()),
                      by(event),
                      event.step().label(),
                      scenario.driverName(event.driver()),
                      what(event, first.contains(event)));
                }
              }
            });
  }

  /** A line an attempt. */
  void attempts(PrintWriter out) {
    List<Attempt> attempts = Attempt.of(result);
    new Table(look, "time us", "us", "driver", "verdict", "steps")
        .print(
            out,
            rows -> {
              for (Attempt attempt : attempts) {
                if (filter.shows(scenario, attempt)) {
                  long begin = attempt.steps().getFirst().tNs();
                  rows.of(
                      micros(begin),
                      micros(attempt.steps().getLast().tNs() - begin).strip(),
                      scenario.driverName(attempt.driver()),
                      attempt.operation().map(this::verdict).orElse("-"),
                      names(attempt));
                }
              }
            });
  }

  private String verdict(Operation operation) {
    return scenario.verdictName(operation.verdict());
  }

  private String names(Attempt attempt) {
    return attempt.steps().stream()
        .map(StepEvent::step)
        .filter(filter::shows)
        .map(Step::label)
        .collect(Collectors.joining(" "));
  }

  private static String micros(long ns) {
    return String.format(Locale.ROOT, "%9.1f", ns / NS_PER_US);
  }

  /** Which of several vCPUs of a level, where there are several. */
  private String by(StepEvent event) {
    String where = concurrent ? " cpu" + event.processor() : "";
    return event.vmpl() == StepEvent.HYPERVISOR ? "VMM" + where : "VMPL" + event.vmpl() + where;
  }

  /**
   * The step in words.
   *
   * @param isFirst of an attempt: then it is told what is attempted
   */
  private String what(StepEvent event, boolean isFirst) {
    return switch (event.step()) {
      case ATTEMPT -> attempted(event);
      case GRANT ->
          String.format(
              Locale.ROOT,
              "the level has %s on %#x%s now",
              PagePermissions.toString((int) event.data()),
              event.gpa(),
              event.length() == PageRange.PAGE_SIZE
                  ? ""
                  : String.format(Locale.ROOT, ", %d bytes,", event.length()));
      case OBTAIN, EXECUTE -> event.step().meaning() + " " + scenario.codebaseName(event.data());
      default ->
          isFirst && event.length() != 0
              ? event.step().meaning() + ": " + attempted(event)
              : event.step().meaning();
    };
  }

  private static String attempted(StepEvent event) {
    return String.format(
        Locale.ROOT,
        "%s of %d %s at %#x",
        Access.of(event.access()).label(),
        event.length(),
        event.length() == 1 ? "byte" : "bytes",
        event.gpa());
  }
}
