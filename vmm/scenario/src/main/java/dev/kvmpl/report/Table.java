// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report;

import java.io.PrintWriter;
import java.util.List;
import java.util.function.Consumer;

/**
 * Columns as wide as their content, for people. Its rows are made twice, to be measured and to be
 * printed, so that a long table takes no memory.
 */
final class Table {
  private static final String GAP = "  ";

  private final List<String> heading;

  Table(String... heading) {
    this.heading = List.of(heading);
  }

  /** Takes one row. */
  interface Row {
    /** As many cells as the heading has. */
    void of(String... cells);
  }

  /**
   * Prints the heading and the rows.
   *
   * @param rows makes them, the same ones each time
   */
  void print(PrintWriter out, Consumer<Row> rows) {
    int[] widths = new int[heading.size()];
    measure(heading, widths);
    rows.accept(cells -> measure(List.of(cells), widths));
    line(heading, widths, out);
    rows.accept(cells -> line(List.of(cells), widths, out));
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
