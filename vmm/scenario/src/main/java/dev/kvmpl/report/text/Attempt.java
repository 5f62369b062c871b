// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The steps that belong together, of one processor: from a driver's attempt to its end, or from its
 * assignment to its vCPU.
 *
 * @param driver whom they are about
 * @param steps in the order in which they happened
 * @param operation what came of it; empty if they are no attempt, or it is not known
 */
record Attempt(int driver, List<StepEvent> steps, Optional<Operation> operation) {
  /** All of a run's, in the order of their first steps. */
  static List<Attempt> of(RunResult result) {
    Map<Integer, Map<Long, Deque<Operation>>> operations = new HashMap<>(); // by driver and address
    for (Operation operation : result.operations()) {
      operations
          .computeIfAbsent(operation.driver(), _ -> new HashMap<>())
          .computeIfAbsent(operation.gpa(), _ -> new ArrayDeque<>())
          .add(operation);
    }
    List<List<StepEvent>> groups = new ArrayList<>();
    Map<Integer, List<StepEvent>> latest = new HashMap<>();
    for (StepEvent event : result.steps()) {
      List<StepEvent> group = latest.get(event.processor());
      if (group == null || begins(event, group)) {
        group = new ArrayList<>();
        groups.add(group);
        latest.put(event.processor(), group);
      }
      group.add(event);
    }
    return groups.stream().map(group -> attempt(group, operations)).toList();
  }

  /** EXIT1 begins one where the driver recorded no attempt, and DETECT where nobody did. */
  private static boolean begins(StepEvent event, List<StepEvent> group) {
    return switch (event.step()) {
      case ASSIGN, ATTEMPT -> true;
      case DETECT, EXIT1, LAUNCH ->
          isOver(group) || !has(group, Step.ATTEMPT, Step.DETECT, Step.EXIT1);
      default -> event.driver() != group.getFirst().driver();
    };
  }

  private static boolean isOver(List<StepEvent> group) {
    return has(group, Step.RELAUNCH, Step.COMPLETE);
  }

  private static boolean has(List<StepEvent> group, Step... steps) {
    return group.stream().anyMatch(event -> List.of(steps).contains(event.step()));
  }

  private static Attempt attempt(
      List<StepEvent> group, Map<Integer, Map<Long, Deque<Operation>>> operations) {
    StepEvent first = group.getFirst();
    boolean isAttempt = has(group, Step.ATTEMPT, Step.EXIT1, Step.LAUNCH, Step.DETECT);
    Deque<Operation> known =
        isAttempt ? operations.getOrDefault(first.driver(), Map.of()).get(first.gpa()) : null;
    return new Attempt(
        first.driver(), group, Optional.ofNullable(known == null ? null : known.poll()));
  }
}
