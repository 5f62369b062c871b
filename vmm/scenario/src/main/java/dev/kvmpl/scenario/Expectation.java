// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What must have happened.
 *
 * @param operations exactly these, in this order; empty to expect nothing of them
 * @param memory bytes at addresses
 * @param owners the owner of the page at an address; 0 for nobody
 * @param status by a driver's number
 * @param steps these, in this order, others may come between
 */
public record Expectation(
    Outcome outcome,
    Optional<List<ExpectedOperation>> operations,
    List<ExpectedBytes> memory,
    List<ExpectedOwner> owners,
    Map<Integer, Long> status,
    List<Step> steps) {
  /** The most operations, and the most entries of each other list. */
  public static final int ENTRIES_MAX = 4096;

  /** Lines of what did not happen, before the rest is counted. */
  private static final int UNMET_MAX = 100;

  /** What is expected where a scenario says nothing. */
  public static final Expectation COMPLETES =
      new Expectation(
          Outcome.COMPLETED, Optional.empty(), List.of(), List.of(), Map.of(), List.of());

  public Expectation {
    operations = operations.map(List::copyOf);
    memory = List.copyOf(memory);
    owners = List.copyOf(owners);
    status = Map.copyOf(status);
    steps = List.copyOf(steps);
  }

  /**
   * One operation; what is empty may be anything.
   *
   * @param reasoned whether a {@code would-refuse} has to have the verdict's reason
   */
  public record ExpectedOperation(
      int driver,
      Optional<Access> access,
      long gpa,
      Verdict verdict,
      boolean reasoned,
      OptionalInt length,
      OptionalLong data) {
    boolean matches(Operation operation) {
      return driver == operation.driver()
          && access.orElse(operation.access()) == operation.access()
          && gpa == operation.gpa()
          && matches(operation.verdict())
          && length.orElse(operation.length()) == operation.length()
          && data.orElse(operation.data()) == operation.data();
    }

    private boolean matches(Verdict judged) {
      return verdict.equals(judged)
          || (!reasoned && verdict.isWouldRefuse() && judged.isWouldRefuse());
    }
  }

  /** A verdict, with why it is none of refusal. */
  private static String words(Scenario scenario, Verdict verdict, boolean reasoned) {
    String name = scenario.verdictName(verdict);
    return reasoned && verdict.isWouldRefuse()
        ? name + " (" + scenario.verdictName(verdict.reason()) + ")"
        : name;
  }

  /** Bytes that memory must have in the end. */
  public record ExpectedBytes(long gpa, String hex) {}

  /** The driver that must own the page in the end. */
  public record ExpectedOwner(long gpa, int driver) {}

  /**
   * What did not happen, a line each; empty if all of it did. Of very many, the first ones and how
   * many there are.
   */
  public List<String> unmet(Scenario scenario, RunResult result, GuestMemory after) {
    Unmet unmet = new Unmet();
    if (outcome != result.outcome()) {
      unmet.add(
          String.format(
              Locale.ROOT,
              "expected outcome %s, got %s",
              outcome.label(),
              result.outcome().label()));
    }
    operations.ifPresent(expected -> compareOperations(scenario, expected, result, unmet));
    for (ExpectedBytes bytes : memory) {
      byte[] expected = HexFormat.of().parseHex(bytes.hex);
      byte[] got = after.read(bytes.gpa, expected.length);
      if (!java.util.Arrays.equals(expected, got)) {
        unmet.add(
            String.format(
                Locale.ROOT,
                "expected %s at %#x, got %s",
                bytes.hex,
                bytes.gpa,
                HexFormat.of().formatHex(got)));
      }
    }
    for (ExpectedOwner owner : owners) {
      int got = ownerOf(owner.gpa, result.after().ownership());
      if (got != owner.driver) {
        unmet.add(
            String.format(
                Locale.ROOT,
                "expected owner %s of %#x, got %s",
                scenario.driverName(owner.driver),
                owner.gpa,
                scenario.driverName(got)));
      }
    }
    status.forEach(
        (driver, expected) -> {
          long got = result.driverStatus().get(driver - 1);
          if (got != expected) {
            unmet.add(
                String.format(
                    Locale.ROOT,
                    "expected status %#x of driver %s, got %#x",
                    expected,
                    scenario.driverName(driver),
                    got));
          }
        });
    missingStep(result.steps())
        .ifPresent(step -> unmet.add("expected steps in order, missing " + step.label()));
    return unmet.lines();
  }

  /** Lines, so many at most. */
  private static final class Unmet {
    private final List<String> lines = new ArrayList<>();
    private int more;

    void add(String line) {
      if (lines.size() < UNMET_MAX) {
        lines.add(line);
      } else {
        more++;
      }
    }

    List<String> lines() {
      if (more > 0) {
        lines.add(String.format(Locale.ROOT, "and %d more", more));
      }
      return lines;
    }
  }

  private static void compareOperations(
      Scenario scenario, List<ExpectedOperation> expected, RunResult result, Unmet unmet) {
    List<Operation> got = new ArrayList<>(result.operations());
    if (scenario.isConcurrent()) { // then only each driver's own order says something
      expected = new ArrayList<>(expected);
      expected.sort(Comparator.comparingInt(ExpectedOperation::driver));
      got.sort(Comparator.comparingInt(Operation::driver));
    }
    for (int i = 0; i < Math.max(expected.size(), got.size()); i++) {
      String wanted =
          i >= expected.size()
              ? "none"
              : String.format(
                  Locale.ROOT,
                  "%s at %#x %s",
                  scenario.driverName(expected.get(i).driver),
                  expected.get(i).gpa,
                  words(scenario, expected.get(i).verdict, expected.get(i).reasoned));
      String happened =
          i >= got.size()
              ? "none"
              : String.format(
                  Locale.ROOT,
                  "%s %s at %#x %s (%d bytes, data %#x)",
                  scenario.driverName(got.get(i).driver()),
                  got.get(i).access().label(),
                  got.get(i).gpa(),
                  words(scenario, got.get(i).verdict(), true),
                  got.get(i).length(),
                  got.get(i).data());
      if (i >= expected.size() || i >= got.size() || !expected.get(i).matches(got.get(i))) {
        unmet.add(
            String.format(
                Locale.ROOT, "expected operation %d: %s, got %s", i + 1, wanted, happened));
      }
    }
  }

  private static int ownerOf(long gpa, List<Ownership> map) {
    for (Ownership entry : map) {
      PageRange range = entry.range();
      if (gpa >= range.start() && gpa < range.end()) {
        return entry.driver();
      }
    }
    return 0;
  }

  /** The first step of {@link #steps} that does not follow those before it. */
  private Optional<Step> missingStep(List<StepEvent> events) {
    int found = 0;
    for (StepEvent event : events) {
      if (found < steps.size() && event.step() == steps.get(found)) {
        found++;
      }
    }
    return found < steps.size() ? Optional.of(steps.get(found)) : Optional.empty();
  }
}
