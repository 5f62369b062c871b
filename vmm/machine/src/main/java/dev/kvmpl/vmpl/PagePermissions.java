// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

import dev.kvmpl.bindings.abi.Abi;

/**
 * Sets of the four permissions that a level has on a page, as RMPADJUST encodes them (AMD manual
 * volume 2, table 15-38): plain {@code int}s, so that a column of the database is an array.
 */
public final class PagePermissions {
  public static final int NONE = 0;
  public static final int READ = Abi.RMP_READ();
  public static final int WRITE = Abi.RMP_WRITE();
  public static final int EXECUTE_USER = Abi.RMP_EXECUTE_USER();
  public static final int EXECUTE_SUPERVISOR = Abi.RMP_EXECUTE_SUPERVISOR();

  /** Everything but writing. */
  public static final int READ_EXECUTE = READ | EXECUTE_USER | EXECUTE_SUPERVISOR;

  public static final int ALL = READ_EXECUTE | WRITE;

  private PagePermissions() {}

  /** For people: {@code rwus}, a dash for each that is missing. */
  public static String toString(int permissions) {
    return ((permissions & READ) != 0 ? "r" : "-")
        + ((permissions & WRITE) != 0 ? "w" : "-")
        + ((permissions & EXECUTE_USER) != 0 ? "u" : "-")
        + ((permissions & EXECUTE_SUPERVISOR) != 0 ? "s" : "-");
  }
}
