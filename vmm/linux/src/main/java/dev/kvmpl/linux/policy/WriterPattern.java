// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.policy;

import dev.kvmpl.linux.writers.Writer;

/**
 * Whom a rule is about.
 *
 * @param name the module's; empty for any
 */
public record WriterPattern(Writer.Kind kind, String name) {
  /** Whoever is of that kind. */
  public static WriterPattern any(Writer.Kind kind) {
    return new WriterPattern(kind, "");
  }

  /** Whether it is about that writer. */
  public boolean matches(Writer.Kind other, String module) {
    // Code that nobody knows is as bad as the worst module.
    boolean same = kind == other || (kind == Writer.Kind.MODULE && other == Writer.Kind.UNKNOWN);
    return same && (name.isEmpty() || name.equals(module));
  }
}
