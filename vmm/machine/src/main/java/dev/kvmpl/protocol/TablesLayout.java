// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.memory.PageRange;

/**
 * Where the tables are that VMPL0 decides by, all in one area. Addresses are guest-physical.
 *
 * @param area which the other levels may read
 * @param restricted the restricted ranges
 * @param ownership the ownership map
 * @param permissions the stored permissions
 * @param protectedVirtual the protected virtual ranges
 */
public record TablesLayout(
    PageRange area, long restricted, long ownership, long permissions, long protectedVirtual) {
  /**
   * A layout whose tables are in its area.
   *
   * @throws IllegalArgumentException if one is not
   */
  public TablesLayout {
    for (long table : new long[] {restricted, ownership, permissions, protectedVirtual}) {
      if (table < area.start() || table >= area.end()) {
        throw new IllegalArgumentException(
            "a table at 0x" + Long.toHexString(table) + ", outside of " + area);
      }
    }
  }
}
