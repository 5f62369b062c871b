// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LinuxMarks;
import dev.kvmpl.benchmarks.guest.StoreTiming;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.observe.Observer;
import org.openjdk.jmh.annotations.Param;

/** Stores by which Linux patches its closed text, each judged by VMPL0 and stored. */
public class LinuxStore extends LinuxBenchmark {
  private static final int STORES_MIN = 100;

  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  @Override
  String enforcement() {
    return enforcement;
  }

  @Override
  String command() {
    return """
        for i in 1 2 3; do
          echo 1 >/proc/sys/kernel/sched_schedstats; echo 0 >/proc/sys/kernel/sched_schedstats
        done
        """;
  }

  @Override
  Observer[] observers() {
    return new Observer[] {new StoreTiming()};
  }

  @Override
  void report(LinuxResult result, LinuxMarks marks, long begin) {
    if (result.attempts().size() < STORES_MIN) {
      throw new IllegalStateException(result.attempts().size() + " stores");
    }
  }
}
