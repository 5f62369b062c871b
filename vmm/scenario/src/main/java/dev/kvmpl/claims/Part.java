// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.claims;

import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** What the claims are made of: a system, a method and a program each have most of these. */
enum Part {
  /** An attempt is detected, and code at VMPL0 decides whether it is done. */
  VALIDATION("validation of an attempt") {
    @Override
    void check(Evidence evidence, Access access) {
      for (Flow flow : evidence.judged(access, Verdict.ALLOWED)) {
        evidence.inOrder(
            flow,
            Step.ATTEMPT,
            Step.DETECT,
            Step.EXIT1,
            Step.LAUNCH,
            Step.RESTRICTED,
            Step.COMPLETE);
        checkVcpus(evidence, flow);
        evidence.require(
            (evidence.permissionsBefore(flow.attempt().gpa()) & permission(access)) == 0,
            String.format(Locale.ROOT, "VMPL1 might do %s before", Evidence.describe(flow)));
      }
      for (Flow flow : evidence.judged(access, Verdict.RESTRICTED)) {
        evidence.inOrder(
            flow, Step.ATTEMPT, Step.DETECT, Step.EXIT1, Step.LAUNCH, Step.RESTRICTED, Step.ERROR);
        evidence.absent(flow, Step.GRANT);
        evidence.absent(flow, Step.COMPLETE);
      }
    }
  },
  /** An instruction changes the permissions database, for pages that were allowed alone. */
  PERMISSIONS("permissions database") {
    @Override
    void check(Evidence evidence, Access access) {
      for (Flow flow : evidence.judged(access, Verdict.ALLOWED)) {
        evidence.inOrder(flow, Step.ADJUST, Step.GRANT, Step.COMPLETE);
      }
      for (StepEvent grant : evidence.grants()) {
        for (long page = grant.gpa(); page < grant.gpa() + grant.length(); page += PAGE) {
          long granted = page;
          evidence.require(
              evidence.flows().stream()
                  .anyMatch(
                      flow ->
                          flow.has(Step.COMPLETE)
                              && Evidence.page(flow.attempt().gpa()) == granted),
              String.format(
                  Locale.ROOT, "a GRANT of %#x, for which no operation was allowed", page));
        }
      }
    }
  },
  /** What is allowed is recorded as the driver's before it is granted. */
  DESIGNATION("designation") {
    @Override
    void check(Evidence evidence, Access access) {
      for (Flow flow : evidence.judged(access, Verdict.ALLOWED)) {
        evidence.inOrder(flow, Step.DESIGNATE, Step.ADJUST, Step.GRANT);
        evidence.require(
            Evidence.owner(evidence.ownershipAfter(), flow.attempt().gpa()) == flow.driver(),
            "the ownership map does not have " + Evidence.describe(flow) + " as its driver's");
      }
    }
  },
  /** An interrupt leads to the second exit, and that to the first vCPU. */
  INTERRUPT("interrupt, second exit") {
    @Override
    void check(Evidence evidence, Access access) {
      for (Flow flow : evidence.judged(access, Verdict.ALLOWED)) {
        evidence.inOrder(flow, Step.IRQ, Step.EXIT2, Step.RELAUNCH, Step.COMPLETE);
      }
      evidence.require(
          evidence.interrupts() >= evidence.flows().size(),
          String.format(
              Locale.ROOT,
              "interrupts: %d delivered, for %d operations",
              evidence.interrupts(),
              evidence.flows().size()));
    }
  },
  /** Another driver's range is an error, and stays barred. */
  SECOND_DRIVER("another driver's range") {
    @Override
    void check(Evidence evidence, Access access) {
      List<Flow> refused = evidence.judged(access, Verdict.OWNED_BY_OTHER);
      evidence.require(refused.size() >= 2, "a second attempt in the other driver's range");
      for (Flow flow : refused) {
        evidence.inOrder(flow, Step.OWNER, Step.ERROR);
        evidence.absent(flow, Step.GRANT);
        evidence.absent(flow, Step.COMPLETE);
        int owner = Evidence.owner(evidence.ownershipBefore(), flow.attempt().gpa());
        evidence.require(
            owner != 0 && owner != flow.driver(),
            "no other driver owns the page of " + Evidence.describe(flow));
      }
    }
  },
  /** The driver has its level, and a vCPU of it, before it runs. */
  ASSOCIATION("level and vCPU") {
    @Override
    void check(Evidence evidence, Access access) {
      for (int driver :
          evidence.judged(access, Verdict.ALLOWED).stream().map(Flow::driver).distinct().toList()) {
        evidence.beforeAttempts(driver, Step.ASSIGN, Step.REQUEST, Step.ASSOCIATE);
      }
    }
  },
  /** An identifier is looked up, and its code obtained and executed. */
  CODEBASE("codebase") {
    @Override
    void check(Evidence evidence, Access access) {
      for (Verdict verdict : Set.of(Verdict.ALLOWED, Verdict.RESTRICTED)) {
        for (Flow flow : evidence.judged(access, verdict)) {
          evidence.inOrder(
              flow, Step.LAUNCH, Step.LOOKUP, Step.OBTAIN, Step.EXECUTE, Step.RESTRICTED);
        }
      }
    }
  };

  private static final int PAGE = 4096;

  private final String title;

  Part(String title) {
    this.title = title;
  }

  String title() {
    return title;
  }

  /** Asks for everything that is evidence for this part, of operations of that kind. */
  abstract void check(Evidence evidence, Access access);

  /** The second vCPU is another one, and the first completes what it attempted. */
  private static void checkVcpus(Evidence evidence, Flow flow) {
    int first = flow.attempt().vcpu();
    flow.first(Step.LAUNCH)
        .ifPresent(
            launch -> {
              evidence.require(
                  launch.vcpu() != first, "a second vCPU for " + Evidence.describe(flow));
              evidence.require(
                  flow.first(Step.RESTRICTED).stream().allMatch(e -> e.vcpu() == launch.vcpu()),
                  "RESTRICTED? on the vCPU that was launched for " + Evidence.describe(flow));
            });
    evidence.require(
        flow.first(Step.COMPLETE).stream().allMatch(event -> event.vcpu() == first),
        "COMPLETE on the vCPU that attempted " + Evidence.describe(flow));
  }

  private static int permission(Access access) {
    return switch (access) {
      case WRITE -> PagePermissions.WRITE;
      case READ -> PagePermissions.READ;
      case EXECUTE -> PagePermissions.EXECUTE_SUPERVISOR;
      case PORT_READ, PORT_WRITE, MSR_READ, MSR_WRITE -> PagePermissions.NONE;
    };
  }
}
