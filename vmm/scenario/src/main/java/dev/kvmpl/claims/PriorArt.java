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
  /** US 2022/0214909: ranges whose translations cannot be changed unnoticed. */
  SAHITA("Sahita", "protected", "protected virtual ranges") {
    @Override
    void check(Evidence evidence) {
      judged(evidence);
      refused(evidence, Access.WRITE, Verdict.RESTRICTED);
      refused(evidence, Access.WRITE, Verdict.REMAPPED);
    }
  },
  /** US 11599376: each operation is authorised against stored permissions. */
  VISWANATHAN("Viswanathan", "permissions", "stored permissions for named operations") {
    @Override
    void check(Evidence evidence) {
      judged(evidence);
      refused(evidence, Access.WRITE, Verdict.RESTRICTED);
      for (Access access : Access.values()) {
        if (!access.isOfMemory()) {
          for (Flow flow : evidence.judged(access, Verdict.ALLOWED)) {
            evidence.inOrder(
                flow,
                Step.ATTEMPT,
                Step.LAUNCH,
                Step.IRQ,
                Step.EXIT2,
                Step.RELAUNCH,
                Step.COMPLETE);
          }
        }
      }
      refused(evidence, Access.WRITE, Verdict.NO_PERMISSION);
      refused(evidence, Access.PORT_READ, Verdict.NO_PERMISSION);
      refused(evidence, Access.PORT_WRITE, Verdict.NO_PERMISSION);
      refused(evidence, Access.MSR_WRITE, Verdict.NO_PERMISSION);
    }
  },
  /** US 2009/0210888: a driver in a hosting address space, to which interrupts are passed. */
  LEE("Lee", "hosted", "a driver at CPL 3 in an address space of its own") {
    @Override
    void check(Evidence evidence) {
      judged(evidence);
      refused(evidence, Access.WRITE, Verdict.RESTRICTED);
      refused(evidence, Access.WRITE, Verdict.OWNED_BY_OTHER);
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
  }

  /** Nor is anything done that VMPL0 refuses. */
  private static void refused(Evidence evidence, Access access, Verdict verdict) {
    for (Flow flow : evidence.judged(access, verdict)) {
      evidence.inOrder(flow, Step.ATTEMPT, Step.LAUNCH, Step.ERROR, Step.RELAUNCH);
      evidence.absent(flow, Step.GRANT);
      evidence.absent(flow, Step.COMPLETE);
    }
  }
}
