// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LinuxMarks;
import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.linux.LinuxResult;
import org.openjdk.jmh.annotations.Param;

/** A Linux guest from its first instruction to its command, text and constants closed by then. */
public class LinuxBoot extends LinuxBenchmark {
  @Param({"none", "slots", "mapping"})
  public String enforcement = "none";

  @Override
  String enforcement() {
    return enforcement;
  }

  @Override
  String command() {
    return "echo runs";
  }

  @Override
  void report(LinuxResult result, LinuxMarks marks, long begin) {
    Samples.of(Samples.OPERATION).recordValue(marks.time("runs") - begin);
  }
}
