// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import dev.kvmpl.benchmarks.run.Benchmark;
import dev.kvmpl.benchmarks.run.Catalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Which benchmarks were asked for. */
final class Selection {
  private Selection() {}

  /**
   * Those that the names mean, in the catalog's order.
   *
   * @param names of benchmarks, with * for any characters; none: all, or the quick ones
   * @param quick of those that nobody named: the few that take no time
   * @throws IllegalArgumentException if a name means none; the message says so
   */
  static List<Benchmark.Variant> of(List<String> names, boolean quick) {
    for (String name : names) {
      if (Catalog.ALL.stream().noneMatch(benchmark -> matches(name, benchmark))) {
        throw new IllegalArgumentException(
            name
                + " is no benchmark; there are "
                + Catalog.ALL.stream().map(Benchmark::name).collect(Collectors.joining(", ")));
      }
    }
    List<Benchmark.Variant> chosen = new ArrayList<>();
    for (Benchmark benchmark : Catalog.ALL) {
      boolean named = names.stream().anyMatch(name -> matches(name, benchmark));
      if (named || names.isEmpty()) {
        int most = quick ? Math.max(benchmark.quick(), named ? 1 : 0) : Integer.MAX_VALUE;
        for (Map<String, String> parameters : benchmark.variants().stream().limit(most).toList()) {
          Map<String, String> all = new TreeMap<>(parameters);
          if (quick) {
            all.putAll(benchmark.quickParameters());
          }
          chosen.add(new Benchmark.Variant(benchmark, all));
        }
      }
    }
    return chosen;
  }

  private static boolean matches(String name, Benchmark benchmark) {
    String pattern =
        Pattern.compile("[*]")
            .splitAsStream(name + " ")
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return (benchmark.name() + " ").matches(pattern);
  }
}
