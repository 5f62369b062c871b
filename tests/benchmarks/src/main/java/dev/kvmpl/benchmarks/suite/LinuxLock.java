// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LinuxMarks;
import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.LinuxResult;
import org.openjdk.jmh.annotations.Param;

/** The text of a Linux guest that runs is opened, then closed: 16 MiB. */
public class LinuxLock extends LinuxBenchmark {
  private static final String TEXT = "kernel-text";

  @Param({"slots", "mapping"})
  public String enforcement = "slots";

  @Override
  String enforcement() {
    return enforcement;
  }

  @Override
  String command() {
    return "for i in 1 2 3 4 5 6 7 8 9 10; do echo now; done";
  }

  @Override
  void prepare(LinuxMachine machine, LinuxMarks marks) {
    marks.when(
        "now",
        () -> {
          long before = System.nanoTime();
          machine.unlock(TEXT);
          long open = System.nanoTime();
          machine.lock(TEXT);
          Samples.of(Samples.OPERATION).recordValue(System.nanoTime() - open);
          Samples.of("unlocking").recordValue(open - before);
        });
  }

  @Override
  void report(LinuxResult result, LinuxMarks marks, long begin) {
    marks.time("now");
  }
}
