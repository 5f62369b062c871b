// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.benchmarks.result.Distribution;
import dev.kvmpl.benchmarks.suite.ManyMachines;
import dev.kvmpl.benchmarks.suite.ProcessStart;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.results.RunResult;

/** The programs in C, and what of them is compared with what. */
final class Twins {
  /** The program that makes the same system calls in the same order with the same guests. */
  static final String SAME = "same calls";

  /** The program that makes the fewest: one thread, a validator of 14 instructions. */
  static final String BEST = "best";

  private static final int EXITS = 40_000;
  private static final int QUICK_EXITS = 10_000;
  private static final int TRIPS = 5_000;
  private static final int QUICK_TRIPS = 1_000;
  private static final double NS_A_US = 1e3;
  private static final double MIDDLE = 50;

  /** The median of exits, in both. */
  static final Twin ONE_EXIT =
      (peer, jmh, parameters, java, javaNs) -> {
        double[] c = peer.oneExit(jmh.quick() ? QUICK_EXITS : EXITS);
        return named(SAME, new Twin.Pair(javaNs, c[c.length / 2]));
      };

  /** The median of round trips, in all. */
  static final Twin ROUND_TRIP =
      (peer, jmh, parameters, java, javaNs) -> {
        SequencedMap<String, Twin.Pair> pairs = new LinkedHashMap<>();
        if (hasSame(parameters)) {
          int pages = Integer.parseInt(java.getParams().getParam("pages"));
          double[] same = peer.fullRoundTrips(pages, java.getParams().getParam("handover"));
          pairs.put(SAME, new Twin.Pair(javaNs, same[same.length / 2]));
        }
        pairs.put(BEST, best(peer, "mprotect", jmh, javaNs));
        return pairs;
      };

  /** The median of pages that are stored to once: there is no C that grants ahead. */
  static final Twin STRATEGY =
      (peer, jmh, parameters, java, javaNs) -> {
        String grant = parameters.getOrDefault("grant", "page");
        if (grant.equals("ahead") || !"1".equals(parameters.get("stores"))) {
          return new LinkedHashMap<>();
        }
        String mechanism = grant.equals("store") ? "store" : "mprotect";
        return named(BEST, best(peer, mechanism, jmh, javaNs));
      };

  /** The mean of machines in sequence, in both. */
  static final Twin MACHINES =
      (peer, jmh, parameters, java, javaNs) -> {
        int machines = Integer.parseInt(java.getParams().getParam("machines"));
        double[] c = peer.machines(ManyMachines.PAGES, machines);
        return named(
            SAME, new Twin.Pair(fastest(java) / machines, Arrays.stream(c).average().orElse(0)));
      };

  /** No program in C: a JVM that does nothing, which the benchmark has started in turn. */
  static final Twin EMPTY_JVM =
      (peer, jmh, parameters, java, javaNs) -> {
        Histogram empty =
            Distribution.of(
                Objects.requireNonNull(java.getSecondaryResults().get(ProcessStart.EMPTY)));
        return named("empty JVM", new Twin.Pair(javaNs, empty.getValueAtPercentile(MIDDLE)));
      };

  private Twins() {}

  /** What the program with the same calls does. */
  private static boolean hasSame(Map<String, String> parameters) {
    return parameters.getOrDefault("enforcement", "slots").equals("slots")
        && parameters.getOrDefault("detection", "trap").equals("trap");
  }

  private static Twin.Pair best(Peer peer, String mechanism, JmhRun jmh, double javaNs)
      throws IOException, InterruptedException {
    double[] best = peer.best(mechanism, jmh.quick() ? QUICK_TRIPS : TRIPS);
    return new Twin.Pair(javaNs, best[best.length / 2]);
  }

  private static double fastest(RunResult runs) {
    return runs.getPrimaryResult().getStatistics().getMin() * NS_A_US;
  }

  private static SequencedMap<String, Twin.Pair> named(String program, Twin.Pair pair) {
    SequencedMap<String, Twin.Pair> one = new LinkedHashMap<>();
    one.put(program, pair);
    return one;
  }
}
