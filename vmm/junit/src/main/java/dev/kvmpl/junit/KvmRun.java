// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.junit;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.opentest4j.AssertionFailedError;

/**
 * What running a machine came to, and what can be said of it: each assertion returns the same
 * object, and says what there was instead when it fails. Drivers and verdicts are named as in the
 * scenario.
 */
public final class KvmRun {
  private final String name;
  private final ScenarioRun run;
  private final Timeline timeline;
  private final GuestMemory memory;

  KvmRun(String name, ScenarioRun run, Timeline timeline, GuestMemory memory) {
    this.name = name;
    this.run = run;
    this.timeline = timeline;
    this.memory = memory;
  }

  String name() {
    return name;
  }

  /** The scenario with its result. */
  public ScenarioRun scenarioRun() {
    return run;
  }

  /** The result. */
  public RunResult result() {
    return run.result();
  }

  /** When things happened. */
  public Timeline timeline() {
    return timeline;
  }

  /** The machine's memory, until the test ends. */
  public GuestMemory memory() {
    return memory;
  }

  /** It has completed. */
  public KvmRun completed() {
    return ended(Outcome.COMPLETED);
  }

  /** It has ended so. */
  public KvmRun ended(Outcome outcome) {
    if (result().outcome() != outcome) {
      String message = result().message();
      throw wrong(
          "the outcome",
          outcome.label(),
          result().outcome().label() + (message.isEmpty() ? "" : ": " + message));
    }
    return this;
  }

  /** It has completed, and all that the scenario expects has happened. */
  public KvmRun asExpected() {
    if (!run.unmet().isEmpty()) {
      throw new AssertionFailedError(String.join("\n", run.unmet()));
    }
    return this;
  }

  /** Of the driver's operations at that address, port or MSR one came to that verdict. */
  public KvmRun verdict(String driver, long address, String verdict) {
    int number = number(driver);
    if (!scenario().allVerdictNames().contains(verdict)) {
      throw new IllegalArgumentException(
          verdict + " is no verdict, allowed are " + scenario().allVerdictNames());
    }
    List<String> verdicts =
        result().operations().stream()
            .filter(one -> one.driver() == number && one.gpa() == address)
            .map(one -> scenario().verdictName(one.verdict()))
            .toList();
    if (!verdicts.contains(verdict)) {
      throw wrong(
          String.format(Locale.ROOT, "the verdict on %s at %#x", driver, address),
          verdict,
          verdicts.isEmpty() ? "no operation there; there are:\n" + operations() : verdicts);
    }
    return this;
  }

  /** These steps have come in this order, others between them or not. */
  public KvmRun steps(Step... steps) {
    Iterator<StepEvent> events = result().steps().iterator();
    for (Step step : steps) {
      boolean found = false;
      while (!found && events.hasNext()) {
        found = events.next().step() == step;
      }
      if (!found) {
        throw wrong(
            "the steps (" + step.label() + " did not come there)",
            labels(Stream.of(steps)),
            labels(result().steps().stream().map(StepEvent::step)));
      }
    }
    return this;
  }

  /** No such step has come. */
  public KvmRun noStep(Step step) {
    long count = result().steps().stream().filter(event -> event.step() == step).count();
    if (count > 0) {
      throw wrong("the steps " + step.label(), 0, count);
    }
    return this;
  }

  /** The driver has returned that. */
  public KvmRun status(String driver, long status) {
    long got = result().driverStatus().get(number(driver) - 1);
    if (got != status) {
      throw wrong("the status of " + driver, hex(status), hex(got));
    }
    return this;
  }

  /** The page is the driver's in the end; null is nobody's. */
  public KvmRun owner(long gpa, String driver) {
    int number = number(driver);
    int got =
        result().after().ownership().stream()
            .filter(one -> one.range().start() <= gpa && gpa < one.range().end())
            .map(Ownership::driver)
            .findFirst()
            .orElse(0);
    if (got != number) {
      throw wrong("the owner of " + hex(gpa), driver, scenario().driverName(got));
    }
    return this;
  }

  /** Memory has these bytes in the end, in hex; spaces do not count. */
  public KvmRun memory(long gpa, String bytes) {
    byte[] expected = HexFormat.of().parseHex(bytes.replace(" ", ""));
    String got = HexFormat.of().formatHex(memory.read(gpa, expected.length));
    if (!got.equals(HexFormat.of().formatHex(expected))) {
      throw wrong("memory at " + hex(gpa), bytes, got);
    }
    return this;
  }

  /** A line with that text in it was printed. */
  public KvmRun printed(String text) {
    if (result().console().stream().noneMatch(line -> line.text().contains(text))) {
      throw wrong(
          "what was printed",
          text,
          result().console().stream().map(PrintedLine::text).collect(Collectors.joining("\n")));
    }
    return this;
  }

  private Scenario scenario() {
    return run.scenario();
  }

  private int number(String driver) {
    for (int i = 1; scenario().isDriver(i); i++) {
      if (scenario().driverName(i).equals(driver)) {
        return i;
      }
    }
    throw new IllegalArgumentException(
        "there is no driver "
            + driver
            + ", there are "
            + scenario().machine().drivers().stream().map(one -> one.name()).toList());
  }

  private String operations() {
    return result().operations().stream().map(this::words).collect(Collectors.joining("\n"));
  }

  private String words(Operation operation) {
    return String.format(
        Locale.ROOT,
        "%s %s of %d bytes at %#x: %s",
        scenario().driverName(operation.driver()),
        operation.access().label(),
        operation.length(),
        operation.gpa(),
        scenario().verdictName(operation.verdict()));
  }

  private static String labels(Stream<Step> steps) {
    return steps.map(Step::label).collect(Collectors.joining(" "));
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }

  private static AssertionFailedError wrong(String what, Object expected, Object got) {
    return new AssertionFailedError(
        String.format(Locale.ROOT, "%s: expected %s, got %s", what, expected, got), expected, got);
  }
}
