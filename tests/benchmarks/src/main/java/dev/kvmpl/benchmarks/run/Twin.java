// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import java.io.IOException;
import java.util.Map;
import java.util.SequencedMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;

/** The C side of a benchmark. */
public interface Twin {
  /**
   * Runs once, after Java has.
   *
   * @param java what Java has just come to
   * @param javaNs its median
   * @return a ratio Java/C for each program in C, by its name, and that program's nanoseconds
   */
  SequencedMap<String, Pair> measure(
      Peer peer, JmhRun jmh, Map<String, String> parameters, RunResult java, double javaNs)
      throws IOException, InterruptedException, RunnerException;

  /**
   * One measurement in each language, one after the other.
   *
   * @param javaNs nanoseconds in Java
   * @param cNs nanoseconds in C
   */
  record Pair(double javaNs, double cNs) {
    /** Java by C. */
    public double ratio() {
      return javaNs / cNs;
    }
  }
}
