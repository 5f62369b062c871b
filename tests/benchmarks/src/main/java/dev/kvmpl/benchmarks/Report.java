// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Locale;

/** The comparisons for people, or for machines. */
final class Report {
  private Report() {}

  static String table(List<Comparison> comparisons) {
    String header =
        "%-14s %12s %12s %8s %14s %8s %13s%n"
            .formatted("", "Java us", "C us", "Java/C", "min..max", "rounds", "B allocated");
    return header + comparisons.stream().map(Report::row).collect(joining());
  }

  private static String row(Comparison comparison) {
    double[] ratios = comparison.ratios();
    return String.format(
        Locale.ROOT,
        "%-14s %12.2f %12.2f %8.3f %14s %8d %13.1f%n",
        comparison.name(),
        comparison.javaNs() / 1e3,
        comparison.cNs() / 1e3,
        Comparison.median(ratios),
        String.format(Locale.ROOT, "%.3f..%.3f", ratios[0], ratios[ratios.length - 1]),
        ratios.length,
        comparison.bytes());
  }

  static String json(List<Comparison> comparisons) {
    return "{\"benchmarks\":["
        + comparisons.stream().map(Report::object).collect(joining(","))
        + "]}\n";
  }

  private static String object(Comparison comparison) {
    double[] ratios = comparison.ratios();
    return String.format(
        Locale.ROOT,
        "{\"name\":\"%s\",\"javaNs\":%.1f,\"cNs\":%.1f,\"bytesPerOperation\":%.3f,"
            + "\"ratio\":{\"median\":%.4f,\"min\":%.4f,\"max\":%.4f},\"rounds\":[%s]}",
        comparison.name(),
        comparison.javaNs(),
        comparison.cNs(),
        comparison.bytes(),
        Comparison.median(ratios),
        ratios[0],
        ratios[ratios.length - 1],
        comparison.rounds().stream()
            .map(
                round ->
                    String.format(
                        Locale.ROOT,
                        "{\"javaNs\":%.1f,\"cNs\":%.1f}",
                        round.java().ns(),
                        round.c()))
            .collect(joining(",")));
  }
}
