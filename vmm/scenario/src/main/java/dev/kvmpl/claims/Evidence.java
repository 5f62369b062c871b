// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.Rmp;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What one run shows, and what is missing in it. Each question that is asked leaves its traces. */
final class Evidence {
  private final Shown result;
  private final List<Flow> flows;
  private final Set<Step> seen = EnumSet.noneOf(Step.class);
  private final List<String> missing = new ArrayList<>();

  Evidence(Shown result) {
    this.result = result;
    this.flows = Flow.of(result.steps());
  }

  /** The steps that were asked for and found. */
  Set<Step> seen() {
    return seen;
  }

  /** A line for everything that was asked for and is not there. */
  List<String> missing() {
    return missing;
  }

  void require(boolean there, String what) {
    if (!there) {
      missing.add(what);
    }
  }

  /** Flows of operations of that kind with that verdict; at least one is required. */
  List<Flow> judged(Access access, Verdict verdict) {
    List<Flow> found =
        flows.stream().filter(f -> f.access() == access && verdict(f) == verdict).toList();
    require(
        !found.isEmpty(),
        String.format(Locale.ROOT, "no %s that was judged %s", access.label(), verdict.label()));
    return found;
  }

  List<Flow> flows() {
    return flows;
  }

  /** What the machine says of it: a driver may try the same more than once, so its turn counts. */
  private Verdict verdict(Flow flow) {
    long before =
        flows.stream().takeWhile(other -> !other.equals(flow)).filter(flow::isOfTheSame).count();
    return result.operations().stream()
        .filter(o -> o.driver() == flow.driver() && o.access() == flow.access())
        .filter(o -> o.gpa() == flow.judgedGpa() && o.verdict() != Verdict.ALREADY_OPEN)
        .map(Operation::verdict)
        .skip(before)
        .findFirst()
        .orElse(Verdict.INVALID_ANSWER);
  }

  /** Requires these steps of the flow, in this order, each performed by whom it has to be. */
  void inOrder(Flow flow, Step... wanted) {
    int found = 0;
    for (StepEvent event : flow.steps()) {
      if (found < wanted.length
          && event.step() == wanted[found]
          && Actor.of(event.step()).performed(event)) {
        seen.add(event.step());
        found++;
      }
    }
    if (found < wanted.length) {
      missing.add(String.format(Locale.ROOT, "%s of %s", wanted[found].label(), describe(flow)));
    }
  }

  void absent(Flow flow, Step step) {
    require(
        !flow.has(step),
        String.format(Locale.ROOT, "%s of %s, which was refused", step.label(), describe(flow)));
  }

  /** Requires the steps of a driver's association, in this order, before its first attempt. */
  void beforeAttempts(int driver, Step... wanted) {
    int found = 0;
    for (StepEvent event : result.steps()) {
      if (event.driver() == driver && event.step() == Step.ATTEMPT) {
        break;
      }
      if (event.driver() == driver
          && found < wanted.length
          && event.step() == wanted[found]
          && Actor.of(event.step()).performed(event)) {
        seen.add(event.step());
        found++;
      }
    }
    if (found < wanted.length) {
      missing.add(
          String.format(
              Locale.ROOT,
              "%s before the first attempt of driver %d",
              wanted[found].label(),
              driver));
    }
  }

  /** The step's event in the flow; its absence has been noted by {@link #inOrder}. */
  static Optional<StepEvent> event(Flow flow, Step step) {
    return flow.first(step);
  }

  /** What VMPL1 might do with the page before anything ran. */
  int permissionsBefore(long gpa) {
    for (Rmp.Run run : result.before()) {
      if (gpa >= run.range().start() && gpa < run.range().end()) {
        return run.permissions();
      }
    }
    return 0;
  }

  /** The owner of the page in a map, 0 for none. */
  static int owner(List<Ownership> map, long gpa) {
    for (Ownership entry : map) {
      if (gpa >= entry.range().start() && gpa < entry.range().end()) {
        return entry.driver();
      }
    }
    return 0;
  }

  /** Interrupts that the VMM delivered to VMPL0. */
  long interrupts() {
    return result.interrupts();
  }

  List<Ownership> ownershipBefore() {
    return result.ownersBefore();
  }

  List<Ownership> ownershipAfter() {
    return result.ownersAfter();
  }

  /** Every GRANT of the run. */
  List<StepEvent> grants() {
    return result.steps().stream().filter(event -> event.step() == Step.GRANT).toList();
  }

  static long page(long gpa) {
    return gpa & -PageRange.PAGE_SIZE;
  }

  static String describe(Flow flow) {
    return String.format(Locale.ROOT, "the %s at %#x", flow.access().label(), flow.attempt().gpa());
  }
}
