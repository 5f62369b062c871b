// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.result;

import dev.kvmpl.benchmarks.result.Statistics.Ratio;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * New results beside old ones.
 *
 * @param rows what both have
 * @param sameHost whether both were measured on the same kind of host
 */
public record Comparison(List<Row> rows, boolean sameHost) {
  private static final double NS_A_US = 1e3;

  /** What is said of one. */
  public enum Change {
    SLOWER("slower"),
    FASTER("faster"),
    SAME("-");

    private final String label;

    Change(String label) {
      this.label = label;
    }
  }

  /**
   * One benchmark.
   *
   * @param ratio new by old
   */
  public record Row(String label, double oldNs, double newNs, Ratio ratio, Change change) {}

  /**
   * Compares.
   *
   * @param tolerance what may be between two runs of the same, such as 0.1
   */
  public static Comparison of(Results old, Results fresh, double tolerance) {
    List<Row> rows = new ArrayList<>();
    for (Entry now : fresh.entries()) {
      for (Entry then : old.entries()) {
        if (now.label().equals(then.label())) {
          Ratio ratio = Statistics.ratio(now.medians(), then.medians());
          rows.add(
              new Row(
                  now.label(), then.medianNs(), now.medianNs(), ratio, change(ratio, tolerance)));
        }
      }
    }
    boolean same = Fingerprint.identity(old.host()).equals(Fingerprint.identity(fresh.host()));
    return new Comparison(List.copyOf(rows), same);
  }

  /** Only what is outside of the tolerance with all of its interval has changed. */
  private static Change change(Ratio ratio, double tolerance) {
    if (ratio.low() > 1 + tolerance) {
      return Change.SLOWER;
    }
    return ratio.high() < 1 / (1 + tolerance) ? Change.FASTER : Change.SAME;
  }

  /** Whether anything has become slower. */
  public boolean isSlower() {
    return rows.stream().anyMatch(row -> row.change() == Change.SLOWER);
  }

  /** For people. */
  public String table() {
    int width = rows.stream().mapToInt(row -> row.label().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    table.append(
        String.format(
            Locale.ROOT,
            "%-" + width + "s %10s %10s %8s %16s%n",
            "",
            "old us",
            "new us",
            "new/old",
            "95 %"));
    for (Row row : rows) {
      table.append(
          String.format(
              Locale.ROOT,
              "%-" + width + "s %10.2f %10.2f %8.3f %16s %s%n",
              row.label(),
              row.oldNs() / NS_A_US,
              row.newNs() / NS_A_US,
              row.ratio().value(),
              String.format(Locale.ROOT, "%.3f..%.3f", row.ratio().low(), row.ratio().high()),
              row.change().label));
    }
    return table.toString();
  }
}
