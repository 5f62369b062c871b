// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Results for people who read a terminal. */
public final class Table {
  private static final double NS_A_US = 1e3;
  private static final double MANY = 99;

  private Table() {}

  /** A line a result, in microseconds. */
  public static String of(Results results) {
    int width =
        results.entries().stream().mapToInt(entry -> entry.label().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    if (!results.host().isEmpty()) {
      table.append("host: ").append(Fingerprint.identity(results.host())).append('\n');
      table.append(
          String.format(
              Locale.ROOT,
              "%-" + width + "s %10s %10s %10s  %s%n",
              "",
              "median us",
              "99 % us",
              "B/op",
              "Java/C"));
    }
    for (Entry entry : results.entries()) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-" + width + "s %10.2f %10.2f %10s %s%n",
              entry.label(),
              entry.medianNs() / NS_A_US,
              entry.ns(MANY) / NS_A_US,
              entry.allocated().isPresent()
                  ? String.format(Locale.ROOT, "%.1f", entry.allocated().getAsDouble())
                  : "",
              ratios(entry)));
    }
    results
        .notHere()
        .forEach(
            (label, why) -> table.append(String.format(Locale.ROOT, "%s: n/a, %s%n", label, why)));
    return table.toString();
  }

  private static String ratios(Entry entry) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, List<Double>> program : entry.ratios().entrySet()) {
      List<Double> sorted = program.getValue();
      text.append(
          String.format(
              Locale.ROOT,
              " %s %.3f (%.3f..%.3f, C %.2f us)",
              program.getKey(),
              Statistics.median(sorted),
              sorted.getFirst(),
              sorted.getLast(),
              entry.cNs().getOrDefault(program.getKey(), 0.0) / NS_A_US));
    }
    return text.toString();
  }
}
