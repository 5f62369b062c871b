// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The steps of one operation: from a driver's attempt to the next one on the same processor.
 *
 * @param steps the first is the ATTEMPT
 */
record Flow(List<StepEvent> steps) {
  Flow {
    steps = List.copyOf(steps);
  }

  /** Every operation of a run that was not done without an exit. */
  static List<Flow> of(List<StepEvent> steps) {
    Map<Integer, List<List<StepEvent>>> byProcessor = new TreeMap<>();
    for (StepEvent event : steps) {
      List<List<StepEvent>> flows =
          byProcessor.computeIfAbsent(event.processor(), processor -> new ArrayList<>());
      if (event.step() == Step.ATTEMPT) {
        flows.add(new ArrayList<>());
      }
      if (!flows.isEmpty()) {
        flows.getLast().add(event);
      }
    }
    return byProcessor.values().stream()
        .flatMap(List::stream)
        .map(Flow::new)
        .filter(flow -> flow.has(Step.EXIT1))
        .toList();
  }

  StepEvent attempt() {
    return steps.getFirst();
  }

  int driver() {
    return attempt().driver();
  }

  Access access() {
    return Access.of(attempt().access());
  }

  /** Where it was judged to be: a virtual address may lead elsewhere than the attempt says. */
  long judgedGpa() {
    return first(Step.LAUNCH).map(StepEvent::gpa).orElse(attempt().gpa());
  }

  /** Whether the other is the same driver's operation of the same kind at the same place. */
  boolean isOfTheSame(Flow other) {
    return driver() == other.driver()
        && access() == other.access()
        && judgedGpa() == other.judgedGpa();
  }

  /** The first event of that step, if the step is there. */
  Optional<StepEvent> first(Step step) {
    return steps.stream().filter(event -> event.step() == step).findFirst();
  }

  boolean has(Step step) {
    return first(step).isPresent();
  }
}
