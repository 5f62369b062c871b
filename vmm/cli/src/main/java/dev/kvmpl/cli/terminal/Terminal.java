// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.terminal;

import dev.kvmpl.report.text.Look;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Help.Ansi;

/** How what is printed looks on this process's stdout. */
public final class Terminal {
  private static final int LEAST = 40;

  private Terminal() {}

  /**
   * As wide as COLUMNS in the environment says, else 80 columns; coloured on a terminal, unless
   * NO_COLOR or the like is in the environment.
   */
  public static Look look() {
    return new Look(columns(System.getenv("COLUMNS")), Ansi.AUTO.enabled());
  }

  private static int columns(@Nullable String text) {
    return text != null && text.matches("[1-9][0-9]{0,4}")
        ? Math.max(LEAST, Integer.parseInt(text))
        : Look.PLAIN.columns();
  }
}
