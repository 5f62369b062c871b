// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LinuxMarks;
import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.linux.LinuxResult;
import org.openjdk.jmh.annotations.Param;

/** 100 processes started and ended by a Linux guest: work that stores nothing in closed memory. */
public class LinuxWork extends LinuxBenchmark {
  @Param({"none", "slots", "mapping"})
  public String enforcement = "none";

  @Override
  String enforcement() {
    return enforcement;
  }

  @Override
  String command() {
    return """
        work() { i=0; while [ $i -lt 100 ]; do /bin/busybox true; i=$((i + 1)); done; }
        work; echo begin; work; echo end
        """;
  }

  @Override
  void report(LinuxResult result, LinuxMarks marks, long begin) {
    Samples.of(Samples.OPERATION).recordValue(marks.time("end") - marks.time("begin"));
  }
}
