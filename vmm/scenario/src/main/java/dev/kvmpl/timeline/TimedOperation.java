// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.timeline;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * An operation, with when and where it was.
 *
 * @param tNs of its verdict, or of its end if nobody was asked; -1 if that is not known
 * @param vcpu the number of the one that attempted it, -1 if that is not known
 * @param rip an address inside of the instruction, 0 if it is not known
 */
public record TimedOperation(long tNs, int vcpu, long rip, Operation operation) {
  /** A run's operations, in their order. */
  public static List<TimedOperation> of(RunResult result, Timeline timeline) {
    Iterator<Timeline.Judged> judged = timeline.judged().iterator();
    Iterator<StepEvent> completed =
        result.steps().stream().filter(event -> event.step() == Step.COMPLETE).iterator();
    List<TimedOperation> timed = new ArrayList<>();
    for (Operation operation : result.operations()) {
      timed.add(
          operation.verdict() == Verdict.ALREADY_OPEN
              ? unasked(operation, completed)
              : asked(operation, judged));
    }
    return timed;
  }

  private static TimedOperation asked(Operation operation, Iterator<Timeline.Judged> judged) {
    if (!judged.hasNext()) {
      return new TimedOperation(-1, -1, 0, operation);
    }
    Timeline.Judged next = judged.next();
    return new TimedOperation(next.tNs(), next.vcpu(), next.rip(), operation);
  }

  private static TimedOperation unasked(Operation operation, Iterator<StepEvent> completed) {
    while (completed.hasNext()) {
      StepEvent event = completed.next();
      if (event.driver() == operation.driver()
          && event.gpa() == operation.gpa()
          && event.length() == operation.length()
          && event.data() == operation.data()) {
        return new TimedOperation(event.tNs(), event.vcpu(), event.rip(), operation);
      }
    }
    return new TimedOperation(-1, -1, 0, operation);
  }
}
