// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.host;

import java.util.Locale;
import java.util.regex.Pattern;

/** Text that stays on its line, whatever a file's name or content brings into it. */
public final class OneLine {
  /** Controls, invisible characters that change a terminal's direction, and line separators. */
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

  private OneLine() {}

  /** The text with a backslash, a u and four hex digits a UTF-16 unit for what is not printable. */
  public static String of(String text) {
    return UNPRINTABLE.matcher(text).replaceAll(match -> escaped(match.group()));
  }

  private static String escaped(String character) {
    StringBuilder escaped = new StringBuilder();
    character
        .chars()
        .forEach(unit -> escaped.append(String.format(Locale.ROOT, "\\\\u%04x", unit)));
    return escaped.toString();
  }
}
