// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Columns for people, as wide as their content; if that is too wide, text is broken between words,
 * and if that does not help, columns are closer together, and then below each other. A word is
 * never broken. Rows are made twice, to be measured and to be printed, so that a long table takes
 * no memory.
 */
public final class Table {
  private static final int INDENT = 4;

  private final Look look;
  private final List<String> heading;
  private final int[] natural;
  private final int[] least;

  /**
   * A table without rows.
   *
   * @param heading of each column; if all are empty, there is no line for them
   */
  public Table(Look look, String... heading) {
    this.look = look;
    this.heading = List.of(heading);
    this.natural = new int[heading.length];
    this.least = new int[heading.length];
  }

  /** Takes one row. */
  public interface Row {
    /** As many cells as the heading has. */
    void of(String... cells);
  }

  /**
   * Prints the heading and the rows.
   *
   * @param rows makes them, the same ones each time
   */
  public void print(PrintWriter out, Consumer<Row> rows) {
    measure(heading);
    rows.accept(cells -> measure(List.of(cells)));
    List<Band> bands = bands();
    if (heading.stream().anyMatch(cell -> !cell.isEmpty())) {
      bands.forEach(band -> line(heading, band, true, out));
    }
    rows.accept(cells -> bands.forEach(band -> line(List.of(cells), band, false, out)));
  }

  /** Columns that are beside each other. */
  private record Band(int from, String gap, List<Integer> widths) {}

  /** One, unless its words do not fit: then what is too much is below, a little to the right. */
  private List<Band> bands() {
    List<Band> bands = new ArrayList<>();
    int from = 0;
    while (from < least.length) {
      int to = least.length;
      while (to > from + 1 && room(from, to, 1) < 0) {
        to--;
      }
      String gap = room(from, to, 2) >= 0 ? "  " : " ";
      bands.add(new Band(from, gap, widths(from, to, gap.length())));
      from = to;
    }
    return bands;
  }

  /** Columns that are left on a line with the narrowest columns that can be. */
  private int room(int from, int to, int gap) {
    return look.columns()
        - Arrays.stream(least, from, to).sum()
        - gap * (to - from)
        - (from > 0 ? INDENT : 0);
  }

  private void measure(List<String> row) {
    for (int i = 0; i < natural.length; i++) {
      natural[i] = Math.max(natural[i], row.get(i).length());
      for (String word : row.get(i).split(" ", -1)) {
        least[i] = Math.max(least[i], word.length());
      }
    }
  }

  /** The widest column that can be narrower becomes so, until all fit. */
  private List<Integer> widths(int from, int to, int gap) {
    int[] widths = Arrays.copyOfRange(natural, from, to);
    int room = room(from, to, gap) + Arrays.stream(least, from, to).sum();
    while (Arrays.stream(widths).sum() > room) {
      int widest =
          IntStream.range(0, widths.length)
              .filter(i -> widths[i] > least[from + i])
              .reduce((a, b) -> widths[a] >= widths[b] ? a : b)
              .orElse(-1);
      if (widest < 0) {
        break;
      }
      widths[widest]--;
    }
    return Arrays.stream(widths).boxed().toList();
  }

  private void line(List<String> row, Band band, boolean isHead, PrintWriter out) {
    List<List<String>> cells = new ArrayList<>();
    int lines = 1;
    for (int i = 0; i < band.widths.size(); i++) {
      cells.add(wrapped(row.get(band.from + i), band.widths.get(i)));
      lines = Math.max(lines, cells.getLast().size());
    }
    for (int n = 0; n < lines; n++) {
      StringBuilder line = new StringBuilder();
      int free = band.from > 0 ? INDENT : 0; // what would be spaces at the end of the line
      for (int i = 0; i < cells.size(); i++) {
        String text = n < cells.get(i).size() ? cells.get(i).get(n) : "";
        free += band.gap.length();
        if (!text.isEmpty()) {
          line.repeat(" ", free).append(isHead ? look.faint(text) : look.word(text));
          free = 0;
        }
        free += band.widths.get(i) - text.length();
      }
      out.println(line);
    }
  }

  /** In lines, each as long as fits; leading spaces stay. */
  static List<String> wrapped(String text, int width) {
    List<String> lines = new ArrayList<>();
    String rest = text;
    while (rest.length() > width) {
      int end = rest.lastIndexOf(' ', width);
      if (end <= 0 || rest.substring(0, end).isBlank()) {
        end = rest.indexOf(' ', width);
      }
      if (end < 0) {
        break;
      }
      lines.add(rest.substring(0, end));
      rest = rest.substring(end + 1);
    }
    lines.add(rest);
    return lines;
  }
}
