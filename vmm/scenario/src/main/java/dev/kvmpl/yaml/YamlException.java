// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.yaml;

import java.util.Locale;

/** A file is wrong. The message says where, what is wrong, and what is allowed. */
public final class YamlException extends Exception {
  private static final long serialVersionUID = 1L;

  private YamlException(String message) {
    super(message);
  }

  /** A complaint about a line, from 1 on. */
  static YamlException at(String file, int line, String what) {
    return new YamlException(String.format(Locale.ROOT, "%s:%d: %s", file, line, what));
  }
}
