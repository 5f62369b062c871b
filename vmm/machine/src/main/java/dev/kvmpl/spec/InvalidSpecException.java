// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import java.util.List;

/**
 * There can be no such machine. The message says where in the description, what is wrong, and what
 * is allowed.
 */
public final class InvalidSpecException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final transient List<Object> where;
  private final String what;
  private final boolean ofValue;

  private InvalidSpecException(List<Object> where, String what, boolean ofValue) {
    super(ofValue ? name(where) + " " + what : what);
    this.where = where;
    this.what = what;
    this.ofValue = ofValue;
  }

  /**
   * A value is wrong.
   *
   * @param what goes on after its name: "is 5, allowed is ..."
   * @param where names and, in lists, places from 0 on: {@code "drivers", 2, "cpl"}
   */
  static InvalidSpecException value(String what, Object... where) {
    return new InvalidSpecException(List.of(where), what, true);
  }

  /**
   * Something is wrong that has no name.
   *
   * @param where as in {@link #value}
   */
  static InvalidSpecException complaint(String what, Object... where) {
    return new InvalidSpecException(List.of(where), what, false);
  }

  private static String name(List<Object> where) {
    StringBuilder name = new StringBuilder();
    for (Object step : where) {
      if (step instanceof Integer place) {
        name.append('[').append(place).append(']');
      } else {
        name.append(name.isEmpty() ? "" : ".").append(step);
      }
    }
    return name.toString();
  }

  /** Names and, in lists, places from 0 on; empty for the whole description. */
  public List<Object> where() {
    return where;
  }

  /** The message without the place. */
  public String what() {
    return what;
  }

  /** Whether {@link #what} goes on after the name of the value at {@link #where}. */
  public boolean isOfValue() {
    return ofValue;
  }
}
