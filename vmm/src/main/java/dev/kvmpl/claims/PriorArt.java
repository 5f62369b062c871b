// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;

/**
 * What the application was examined against, shown by the same machinery. The scenario's own
 * expectations say what has to come of it; here is what has to be in the trace as well.
 */
enum PriorArt {
  /** US 2009/0210888: a driver in a hosting address space, to which interrupts are passed. */
  LEE("Lee", "hosted", "a driver at CPL 3 in an address space of its own") {
    @Override
    void check(Evidence evidence) {
      judged(evidence);
    }
  };

  private final String label;
  private final String scenario;
  private final String title;

  PriorArt(String label, String scenario, String title) {
    this.label = label;
    this.scenario = scenario;
    this.title = title;
  }

  String label() {
    return label;
  }

  String scenario() {
    return scenario;
  }

  String title() {
    return title;
  }

  /** Asks for what the scenario's own expectations do not. */
  abstract void check(Evidence evidence);

  /** Its operations take the way of all: VMPL0 decides, and only then they are done. */
  private static void judged(Evidence evidence) {
    for (Flow flow : evidence.judged(Access.WRITE, Verdict.ALLOWED)) {
      evidence.inOrder(
          flow,
          Step.ATTEMPT,
          Step.LAUNCH,
          Step.RESTRICTED,
          Step.OWNER,
          Step.DESIGNATE,
          Step.GRANT,
          Step.RELAUNCH,
          Step.COMPLETE);
    }
    for (Flow flow : evidence.judged(Access.WRITE, Verdict.RESTRICTED)) {
      evidence.inOrder(flow, Step.ATTEMPT, Step.LAUNCH, Step.RESTRICTED, Step.ERROR);
      evidence.absent(flow, Step.COMPLETE);
    }
  }
}
