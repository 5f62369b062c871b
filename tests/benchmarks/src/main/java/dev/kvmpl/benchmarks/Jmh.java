// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** Runs a benchmark in JVMs of its own, with what the caller's command line says to JMH. */
final class Jmh {
  private static final String ALLOCATED = "gc.alloc.rate.norm";

  private final CommandLineOptions commandLine;

  Jmh(CommandLineOptions commandLine) {
    this.commandLine = commandLine;
  }

  /**
   * What one operation costs.
   *
   * @param ns nanoseconds, in the fastest iteration
   * @param bytes allocated on the Java heap, in the iteration with the fewest: JMH itself allocates
   *     now and then, the operation would in each
   */
  record Cost(double ns, double bytes) {}

  Cost oneExit() throws RunnerException {
    return run(OneExit.class, options -> {});
  }

  /** One round trip, as the difference between a long and a short run. */
  Cost fullRoundTrip() throws RunnerException {
    Cost few = run(FullRoundTrip.class, options -> options.param("pages", "" + FullRoundTrip.FEW));
    Cost many =
        run(FullRoundTrip.class, options -> options.param("pages", "" + FullRoundTrip.MANY));
    int pages = FullRoundTrip.MANY - FullRoundTrip.FEW;
    return new Cost((many.ns - few.ns) / pages, (many.bytes - few.bytes) / pages);
  }

  /** Whether the command line names this benchmark, or none. */
  boolean selects(Class<?> benchmark) {
    return commandLine.getIncludes().isEmpty()
        || commandLine.getIncludes().stream().anyMatch(benchmark.getName()::contains);
  }

  private interface Configuration {
    void apply(ChainedOptionsBuilder options);
  }

  private Cost run(Class<?> benchmark, Configuration configuration) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .parent(commandLine)
            .include(benchmark.getName())
            .addProfiler(GCProfiler.class)
            .shouldFailOnError(true)
            // JMH's own use of it, not kvmpl's.
            .jvmArgsAppend("--sun-misc-unsafe-memory-access=allow");
    if (!commandLine.verbosity().hasValue()) {
      options.verbosity(VerboseMode.SILENT);
    }
    for (Class<?> other : Bench.BENCHMARKS) {
      if (other != benchmark) {
        options.exclude(other.getName());
      }
    }
    configuration.apply(options);
    RunResult result = new Runner(options.build()).runSingle();
    return new Cost(fastest(result), allocated(result));
  }

  private static double fastest(RunResult result) {
    return result.getPrimaryResult().getStatistics().getMin();
  }

  private static double allocated(RunResult result) {
    Result<?> bytes = result.getSecondaryResults().get(ALLOCATED);
    if (bytes == null) {
      throw new IllegalStateException("this JVM does not count allocations");
    }
    return bytes.getStatistics().getMin();
  }
}
