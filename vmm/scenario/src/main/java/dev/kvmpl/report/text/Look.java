// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.protocol.Verdict;
import java.io.PrintWriter;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How text looks.
 *
 * @param columns how wide a line shall be; longer ones are those that no space is in
 * @param coloured whether what is good is green and what is not is red, as terminals show it
 */
public record Look(int columns, boolean coloured) {
  /** For files and pipes. */
  public static final Look PLAIN = new Look(80, false);

  private static final String GOOD = "\u001b[32m";
  private static final String BAD = "\u001b[31m";
  private static final String FAINT = "\u001b[2m";
  private static final String AS_BEFORE = "\u001b[0m";

  private static final Set<String> GOOD_WORDS = verdicts(true);
  private static final Set<String> BAD_WORDS = verdicts(false);

  private static Set<String> verdicts(boolean done) {
    return Stream.concat(
            Verdict.standard().stream()
                .filter(verdict -> (verdict.done() && !verdict.isWouldRefuse()) == done)
                .map(Verdict::label),
            done ? Stream.of("pass") : Stream.of("FAIL", "ERROR"))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** A cell of a table: verdicts have colours. */
  String word(String text) {
    if (coloured && GOOD_WORDS.contains(text)) {
      return good(text);
    }
    return coloured && BAD_WORDS.contains(text) ? bad(text) : text;
  }

  /** Something good. */
  public String good(String text) {
    return in(GOOD, text);
  }

  /** Something bad. */
  public String bad(String text) {
    return in(BAD, text);
  }

  /** Something less important. */
  String faint(String text) {
    return in(FAINT, text);
  }

  /** A paragraph, broken between words. */
  public void paragraph(PrintWriter out, String text) {
    Table.wrapped(text, columns).forEach(out::println);
  }

  private String in(String colour, String text) {
    return coloured ? colour + text + AS_BEFORE : text;
  }
}
