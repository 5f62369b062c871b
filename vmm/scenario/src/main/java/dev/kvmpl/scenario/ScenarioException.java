// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario;

import dev.kvmpl.kvm.host.OneLine;
import java.util.Locale;

/** A scenario file is wrong. The message is one line: where, what, and what is allowed. */
public final class ScenarioException extends Exception {
  private static final long serialVersionUID = 1L;

  /** One with that message. */
  public ScenarioException(String message) {
    super(OneLine.of(message));
  }

  /**
   * Something at one line of a file.
   *
   * @param line from 1 on
   */
  static ScenarioException at(String file, int line, String what) {
    return new ScenarioException(String.format(Locale.ROOT, "%s:%d: %s", file, line, what));
  }
}
