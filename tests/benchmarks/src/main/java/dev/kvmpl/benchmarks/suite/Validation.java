// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.AnswerTiming;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Codebase;
import dev.kvmpl.spec.MachineSpec;
import java.util.List;
import org.openjdk.jmh.annotations.Param;

/**
 * What VMPL0 does alone, from the question to its answer by the interrupt: every store is refused,
 * so that no permission changes.
 */
public class Validation extends MachineBenchmark {
  private static final int PAGES = 320;

  /** Who decides: VMPL0's own rules, or a codebase, which is measured each time. */
  @Param({"none", "deny"})
  public String codebase = "none";

  @Override
  MachineSpec spec() {
    long end = Machines.FIRST_PAGE + PAGES * PageRange.PAGE_SIZE;
    List<PageRange> pages = List.of(new PageRange(Machines.FIRST_PAGE, end));
    MachineSpec.Builder machine = Machines.of("pages", Machines.FIRST_PAGE, PAGES);
    return codebase.equals("none")
        ? machine.restricted(pages).build()
        : machine
            .codebases(List.of(new Codebase("deny", Machines.payload(BuiltInPayload.DENY), pages)))
            .build();
  }

  @Override
  Timing timing() {
    return AnswerTiming.ofVmpl0(SKIPPED);
  }

  @Override
  long operations() {
    return PAGES;
  }

  @Override
  long status() {
    return PAGES;
  }
}
