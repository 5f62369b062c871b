// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;

/**
 * Runs every benchmark in Java and in C in turn and prints the ratios. Arguments: {@code --quick}
 * for fewer rounds, {@code --json} for machines, and JMH's own, among them names of benchmarks.
 */
public final class Bench {
  static final List<Class<?>> BENCHMARKS = List.of(OneExit.class, FullRoundTrip.class);

  private static final int ROUNDS = 10;
  private static final int QUICK_ROUNDS = 3;

  // As the benchmarks' annotations have it for Java, but that C needs no warm-up for a compiler.
  private static final long WARMUP_MS = 200;
  private static final long ITERATION_MS = 200;
  private static final int ITERATIONS = 5;
  private static final int RUNS = 10;

  private Bench() {}

  /** Exit status 0, 1 if a benchmark failed, 2 for wrong arguments. */
  public static void main(String[] args) throws IOException, InterruptedException {
    List<String> rest = new ArrayList<>(List.of(args));
    boolean quick = rest.remove("--quick");
    boolean json = rest.remove("--json");
    try {
      Jmh jmh = new Jmh(new CommandLineOptions(rest.toArray(String[]::new)));
      List<Comparison> comparisons = compare(jmh, quick ? QUICK_ROUNDS : ROUNDS);
      System.out.print(json ? Report.json(comparisons) : Report.table(comparisons));
    } catch (CommandLineOptionException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(2);
    } catch (RunnerException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(1);
    }
  }

  private static List<Comparison> compare(Jmh jmh, int rounds)
      throws IOException, InterruptedException, RunnerException {
    List<Comparison> comparisons = new ArrayList<>();
    try (Peer peer = new Peer()) {
      if (jmh.selects(OneExit.class)) {
        comparisons.add(
            compare(
                OneExit.class,
                rounds,
                jmh::oneExit,
                () -> peer.oneExit(WARMUP_MS, ITERATION_MS, ITERATIONS)));
      }
      if (jmh.selects(FullRoundTrip.class)) {
        comparisons.add(
            compare(
                FullRoundTrip.class,
                rounds,
                jmh::fullRoundTrip,
                () ->
                    (peer.fullRoundTrip(FullRoundTrip.MANY, RUNS)
                            - peer.fullRoundTrip(FullRoundTrip.FEW, RUNS))
                        / (FullRoundTrip.MANY - FullRoundTrip.FEW)));
      }
    }
    return comparisons;
  }

  private interface JavaSide {
    Jmh.Cost measure() throws RunnerException;
  }

  private interface CSide {
    double measure() throws IOException, InterruptedException;
  }

  private static Comparison compare(Class<?> benchmark, int rounds, JavaSide java, CSide c)
      throws IOException, InterruptedException, RunnerException {
    List<Comparison.Round> measured = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      System.err.printf("%s: round %d of %d%n", benchmark.getSimpleName(), i + 1, rounds);
      measured.add(new Comparison.Round(java.measure(), c.measure()));
    }
    return new Comparison(benchmark.getSimpleName(), measured);
  }
}
