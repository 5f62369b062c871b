// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import java.util.Locale;

/** How much of a run's steps a report in text has. */
public enum StepsShown {
  /** None of them. */
  NONE,
  /** A line an attempt, with the names of its steps. */
  SHORT,
  /** A line a step. */
  ALL;

  /** The name in options. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
