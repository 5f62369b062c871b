// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.benchmarks.samples.SamplesProfiler;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs a benchmark by JMH, in a JVM of its own.
 *
 * @param quick fewer and shorter iterations
 * @param forks JVMs of its own: 1, or 0 where starting one takes longer than all else
 */
public record JmhRun(boolean quick, int forks) {
  private static final int QUICK_ITERATIONS = 3;
  private static final TimeValue QUICK_TIME = TimeValue.milliseconds(200);

  /** Options take the place of what an annotation says. */
  private static String[] jvmArguments(Class<?> benchmark) {
    List<String> arguments = new ArrayList<>();
    // JMH's own use of it; and what benchmarks call besides kvmpl's bindings.
    arguments.add("--sun-misc-unsafe-memory-access=allow");
    arguments.add("--enable-native-access=ALL-UNNAMED");
    Fork own = benchmark.getAnnotation(Fork.class);
    if (own != null) {
      Arrays.stream(own.jvmArgsAppend())
          .filter(each -> !each.equals(Fork.BLANK_ARGS))
          .forEach(arguments::add);
    }
    return arguments.toArray(String[]::new);
  }

  /**
   * Runs it once.
   *
   * @throws RunnerException if it failed; the message has what JMH said
   */
  public RunResult run(Class<?> benchmark, Map<String, String> parameters) throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^" + Pattern.quote(benchmark.getName() + "."))
            .addProfiler(GCProfiler.class)
            .addProfiler(SamplesProfiler.class)
            .forks(forks)
            .shouldFailOnError(true)
            .jvmArgsAppend(jvmArguments(benchmark));
    if (quick && !benchmark.isAnnotationPresent(Measurement.class)) { // it has no fewer
      options
          .warmupIterations(QUICK_ITERATIONS)
          .measurementIterations(QUICK_ITERATIONS)
          .warmupTime(QUICK_TIME)
          .measurementTime(QUICK_TIME);
    }
    parameters.forEach(options::param);
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8)) {
      return new Runner(
              options.build(), OutputFormatFactory.createFormatInstance(out, VerboseMode.NORMAL))
          .runSingle();
    } catch (RunnerException e) {
      throw new RunnerException(
          e.getMessage() + "\n" + said.toString(StandardCharsets.UTF_8).strip(), e);
    }
  }
}
