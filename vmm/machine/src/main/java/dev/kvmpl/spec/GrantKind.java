// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;

/**
 * When a page is open that VMPL0 has granted. The verdicts are the same, and so is what the
 * database says: it is only opened later than that, or more of it at once.
 */
public enum GrantKind {
  /** At once, for itself. */
  PAGE("page", Abi.KVMPL_GRANT_PAGE()),
  /** Once writing goes on: the store that was judged is done, and the next one opens the page. */
  STORE("store", Abi.KVMPL_GRANT_STORE()),
  /** With its neighbours that are the driver's own, each judged: all in one change of slots. */
  AHEAD("ahead", Abi.KVMPL_GRANT_AHEAD());

  private final String label;
  private final int number;

  GrantKind(String label, int number) {
    this.label = label;
    this.number = number;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }

  /** The number for VMPL0. */
  public int number() {
    return number;
  }
}
