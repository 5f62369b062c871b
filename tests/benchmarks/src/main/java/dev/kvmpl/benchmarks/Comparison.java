// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import java.util.Arrays;
import java.util.List;

/** One benchmark's rounds: Java and C in turn, so that what disturbs one disturbs both. */
record Comparison(String name, List<Round> rounds) {
  Comparison {
    rounds = List.copyOf(rounds);
  }

  /**
   * One after the other.
   *
   * @param java what it costs in Java
   * @param c nanoseconds in C
   */
  record Round(Jmh.Cost java, double c) {
    double ratio() {
      return java.ns() / c;
    }
  }

  double javaNs() {
    return median(rounds.stream().mapToDouble(round -> round.java().ns()).toArray());
  }

  double cNs() {
    return median(rounds.stream().mapToDouble(Round::c).toArray());
  }

  double bytes() {
    return median(rounds.stream().mapToDouble(round -> round.java().bytes()).toArray());
  }

  /** The rounds' ratios, sorted. */
  double[] ratios() {
    return rounds.stream().mapToDouble(Round::ratio).sorted().toArray();
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
