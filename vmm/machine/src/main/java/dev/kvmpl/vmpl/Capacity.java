// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

/** Whether what enforces the database can follow a change of it. */
@FunctionalInterface
public interface Capacity {
  /** Follows everything. */
  Capacity UNLIMITED = (level, from, to, access) -> true;

  /**
   * Whether {@code level} can get {@code access}, of {@link PagePermissions}, on pages {@code
   * [from, to)}. Taking back what was given is always possible.
   *
   * @param from a page's number
   * @param to one past the last page's number
   */
  boolean allows(Vmpl level, int from, int to, int access);
}
