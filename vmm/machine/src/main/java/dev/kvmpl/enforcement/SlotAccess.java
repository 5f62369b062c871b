// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.vmpl.PagePermissions;

/** What a memory slot can express, and so all that KVM can enforce. */
public enum SlotAccess {
  /** No slot: every access is an exit. */
  ABSENT(0),
  /** {@code KVM_MEM_READONLY}: a write is an exit. */
  READ_ONLY(1),
  WRITABLE(2);

  private final int rank;

  SlotAccess(int rank) {
    this.rank = rank;
  }

  /** A greater number lets a level do more; from 0 to 2. */
  int rank() {
    return rank;
  }

  /**
   * What a page's permissions come to. Writing without reading is not a legal combination (AMD
   * manual volume 2, 15.36.7) and gives no access. Execute permissions have no slot to express
   * them.
   */
  public static SlotAccess of(int permissions) {
    if ((permissions & PagePermissions.READ) == 0) {
      return ABSENT;
    }
    return (permissions & PagePermissions.WRITE) == 0 ? READ_ONLY : WRITABLE;
  }
}
