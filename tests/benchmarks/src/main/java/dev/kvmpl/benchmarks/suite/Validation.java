// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.AnswerTiming;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.spec.MachineSpec;
import java.util.List;

/**
 * What VMPL0 does alone, from the question to its answer by the interrupt: every store is refused,
 * so that no permission changes.
 */
public class Validation extends MachineBenchmark {
  private static final int PAGES = 320;

  @Override
  MachineSpec spec() {
    long end = Machines.FIRST_PAGE + PAGES * PageRange.PAGE_SIZE;
    return Machines.of("pages", Machines.FIRST_PAGE, PAGES)
        .restricted(List.of(new PageRange(Machines.FIRST_PAGE, end)))
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
