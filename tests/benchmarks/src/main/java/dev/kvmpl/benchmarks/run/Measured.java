// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SequencedMap;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.RunResult;

/**
 * What a variant came to.
 *
 * @param java all its rounds
 * @param rounds what C came to beside each; empty where there is no program in C
 */
public record Measured(
    Benchmark.Variant variant, RunResult java, List<SequencedMap<String, Twin.Pair>> rounds) {
  /** With rounds that nobody changes any more. */
  public Measured {
    rounds = List.copyOf(rounds);
  }

  /** Several rounds as one result, a JVM each. */
  static RunResult merge(List<RunResult> rounds) {
    Collection<BenchmarkResult> all = new ArrayList<>();
    rounds.forEach(round -> all.addAll(round.getBenchmarkResults()));
    return new RunResult(rounds.getFirst().getParams(), all);
  }
}
