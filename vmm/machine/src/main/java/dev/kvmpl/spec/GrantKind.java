// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

/**
 * When a page is open that VMPL0 has granted. The verdicts are the same, and so is what the
 * database says: it is only opened later than that, or more of it at once.
 */
public enum GrantKind {
  /** At once, for itself. */
  PAGE("page"),
  /** Once writing goes on: the store that was judged is done, and the next one opens the page. */
  STORE("store"),
  /** With its neighbours that are the driver's own, each judged: all in one change of slots. */
  AHEAD("ahead");

  private final String label;

  GrantKind(String label) {
    this.label = label;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
