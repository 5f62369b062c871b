// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.AnswerTiming;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.spec.MachineSpec;

/** A call to VMPL0 through the calling area, which asks for the version of a protocol. */
public class SvsmCall extends MachineBenchmark {
  private static final int CALLS = 320;

  @Override
  MachineSpec spec() {
    return Machines.of("calls", CALLS).build();
  }

  @Override
  Timing timing() {
    return AnswerTiming.ofAll(SKIPPED);
  }

  @Override
  long operations() {
    return CALLS;
  }
}
