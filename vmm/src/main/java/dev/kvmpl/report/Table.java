// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Columns as wide as their content, for people. */
final class Table {
  private static final String GAP = "  ";

  private final List<String> heading;
  private final List<List<String>> rows = new ArrayList<>();

  Table(String... heading) {
    this.heading = List.of(heading);
  }

  /** As many cells as the heading has. */
  void row(String... cells) {
    rows.add(List.of(cells));
  }

  void print(PrintWriter out) {
    int[] widths = new int[heading.size()];
    measure(heading, widths);
    rows.forEach(row -> measure(row, widths));
    line(heading, widths, out);
    rows.forEach(row -> line(row, widths, out));
  }

  private static void measure(List<String> row, int[] widths) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], row.get(i).length());
    }
  }

  private static void line(List<String> row, int[] widths, PrintWriter out) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(GAP).append(row.get(i)).repeat(" ", widths[i] - row.get(i).length());
    }
    out.println(line.toString().stripTrailing());
  }
}
