// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.ExitTiming;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import java.util.Locale;
import org.openjdk.jmh.annotations.Param;

/** RMPADJUST by VMPL0, which opens and closes a page in turn, or leaves it as it is. */
public class RmpAdjust extends MachineBenchmark {
  private static final int TIMES = 320;

  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  @Param({"true", "false"})
  public boolean changes = true;

  @Override
  MachineSpec spec() {
    return Machines.judgedBy("adjusts", "pages", Machines.FIRST_PAGE, TIMES, changes ? 1 : 0)
        .enforcement(EnforcementKind.valueOf(enforcement.toUpperCase(Locale.ROOT)))
        .build();
  }

  /** A validator that ends before it was asked anything has failed, with its reason, which is 0. */
  @Override
  boolean isAsMeant(RunResult ended) {
    return ended.outcome() == Outcome.FAILED && ended.message().endsWith("reason 0");
  }

  @Override
  Timing timing() {
    return new ExitTiming(SKIPPED, 0);
  }

  @Override
  long operations() {
    return TIMES;
  }
}
