// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.benchmarks.result.Distribution;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.RunnerException;

/** Runs variants one after the other, each as often as it takes, Java and C in turn. */
public final class Suite {
  private static final double MIDDLE = 50;

  private final JmhRun jmh;
  private final int rounds;
  private final Progress progress;
  private final List<Measured> measured = new CopyOnWriteArrayList<>();
  private volatile SequencedMap<String, String> notHere = new LinkedHashMap<>();

  /**
   * Ready to run.
   *
   * @param rounds of each variant that has a program in C beside it; others have one
   */
  public Suite(JmhRun jmh, int rounds, Progress progress) {
    this.jmh = jmh;
    this.rounds = rounds;
    this.progress = progress;
  }

  /**
   * Runs them.
   *
   * @param each runs after each of them, on the caller's thread
   * @throws RunnerException if one failed, with all that JMH said of it
   */
  public void run(List<Benchmark.Variant> variants, Runnable each)
      throws IOException, InterruptedException, RunnerException {
    List<Benchmark.Variant> possible = new ArrayList<>();
    SequencedMap<String, String> reasons = new LinkedHashMap<>();
    for (Benchmark.Variant variant : variants) {
      Optional<String> why = variant.benchmark().whyNot().apply(variant.parameters());
      why.ifPresent(reason -> reasons.put(variant.label(), reason));
      if (why.isEmpty()) {
        possible.add(variant);
      }
    }
    notHere = reasons;
    progress.start(possible.stream().mapToInt(this::rounds).sum());
    try (Peer peer = new Peer()) {
      for (Benchmark.Variant variant : possible) {
        measured.add(measure(variant, peer));
        each.run();
      }
    } finally {
      progress.end();
    }
  }

  /** What those came to that have run until now. May be called from any thread. */
  public List<Measured> measured() {
    return List.copyOf(measured);
  }

  /** What was left out, with the reason: complete before the first one runs. */
  public SequencedMap<String, String> notHere() {
    return notHere;
  }

  private int rounds(Benchmark.Variant variant) {
    return variant.benchmark().twin().isPresent() ? rounds : 1;
  }

  private Measured measure(Benchmark.Variant variant, Peer peer)
      throws IOException, InterruptedException, RunnerException {
    List<RunResult> java = new ArrayList<>();
    List<SequencedMap<String, Twin.Pair>> pairs = new ArrayList<>();
    for (int round = 0; round < rounds(variant); round++) {
      progress.at(variant.label());
      RunResult run = jmh.run(variant.benchmark().type(), variant.parameters());
      java.add(run);
      if (variant.benchmark().twin().isPresent()) {
        double ns = Distribution.sum(Distribution.iterations(run)).getValueAtPercentile(MIDDLE);
        pairs.add(
            variant.benchmark().twin().get().measure(peer, jmh, variant.parameters(), run, ns));
      }
      progress.done();
    }
    return new Measured(variant, Measured.merge(java), pairs);
  }
}
