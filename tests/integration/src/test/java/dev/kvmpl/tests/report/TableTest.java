// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.report.text.Look;
import dev.kvmpl.report.text.Table;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TableTest {
  private static String printed(int columns, String[] heading, String[]... rows) {
    return printed(new Look(columns, false), heading, rows);
  }

  private static String printed(Look look, String[] heading, String[]... rows) {
    StringWriter text = new StringWriter();
    try (PrintWriter out = new PrintWriter(text)) {
      new Table(look, heading)
          .print(
              out,
              to -> {
                for (String[] row : rows) {
                  to.of(row);
                }
              });
    }
    return text.toString();
  }

  private static String[] cells(String... cells) {
    return cells;
  }

  @Test
  void columns_areAsWideAsTheirContent() {
    assertEquals(
        """
          a    b
          one  2
          3    four
        """,
        printed(80, cells("a", "b"), cells("one", "2"), cells("3", "four")));
  }

  @Test
  void text_thatIsTooLong_isBrokenBetweenWords_inTheWidestColumn() {
    assertEquals(
        """
          a    b
          one  two three
               four five
          six  seven
        """,
        printed(16, cells("a", "b"), cells("one", "two three four five"), cells("six", "seven")));
  }

  @Test
  void words_areNeverBroken_butColumnsComeCloser() {
    assertEquals(
        """
         a     b
         aaaaa 0123456789
        """,
        printed(18, cells("a", "b"), cells("aaaaa", "0123456789")));
  }

  @Test
  void columns_thatDoNotFit_areBelow() {
    assertEquals(
        """
          a
             b
          x
             0123456789
             y
        """,
        printed(8, cells("a", "b"), cells("x", "0123456789 y")));
  }

  @Test
  void numbersWithSpacesBefore_keepThem() {
    assertEquals(
        """
          n   w
           1  two
              words
        """,
        printed(12, cells("n", "w"), cells(" 1", "two words")));
  }

  @Test
  void emptyHeading_isNoLine() {
    assertEquals("  a  b\n", printed(80, cells("", ""), cells("a", "b")));
  }

  @Test
  void verdicts_haveColours_thatTakeNoRoom() {
    assertEquals(
        """
          E[2maE[0m           E[2mbE[0m
          E[31mrestrictedE[0m  x
          E[32mallowedE[0m     y
        """
            .replace('E', '\u001b'),
        printed(
            new Look(80, true), cells("a", "b"), cells("restricted", "x"), cells("allowed", "y")));
  }
}
