// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * One of the suite.
 *
 * @param type JMH's class
 * @param what it measures, in a line
 * @param variants its parameters, one map a measurement, the default first
 * @param quick how many of them, from the first on, {@code --quick} takes
 * @param quickParameters what makes them shorter there
 * @param whyNot why this host cannot, empty if it can
 * @param twin what runs in C in turn with the first variant
 */
public record Benchmark(
    Class<?> type,
    String what,
    List<Map<String, String>> variants,
    int quick,
    Map<String, String> quickParameters,
    Function<Map<String, String>, Optional<String>> whyNot,
    Optional<Twin> twin) {
  /** By what users name it. */
  public String name() {
    return type.getSimpleName();
  }

  /** One measurement of it. */
  public record Variant(Benchmark benchmark, Map<String, String> parameters) {
    /** As in tables. */
    public String label() {
      StringBuilder label = new StringBuilder(benchmark.name());
      parameters.forEach((key, value) -> label.append(' ').append(key).append('=').append(value));
      return label.toString();
    }
  }

  static Benchmark of(Class<?> type, String what) {
    return new Benchmark(
        type, what, List.of(Map.of()), 0, Map.of(), _ -> Optional.empty(), Optional.empty());
  }

  Benchmark variants(List<Map<String, String>> parameters) {
    return new Benchmark(type, what, parameters, quick, quickParameters, whyNot, twin);
  }

  Benchmark quick(int first) {
    return quick(first, Map.of());
  }

  Benchmark quick(int first, Map<String, String> shorter) {
    return new Benchmark(type, what, variants, first, shorter, whyNot, twin);
  }

  Benchmark unless(Function<Map<String, String>, Optional<String>> reason) {
    return new Benchmark(type, what, variants, quick, quickParameters, reason, twin);
  }

  Benchmark besides(Twin program) {
    return new Benchmark(
        type, what, variants, quick, quickParameters, whyNot, Optional.of(program));
  }
}
