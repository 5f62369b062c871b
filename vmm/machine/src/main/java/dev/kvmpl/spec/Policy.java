// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import dev.kvmpl.bindings.abi.Abi;

/** What becomes of what VMPL0 refuses. */
public enum Policy {
  /** It does not happen. */
  ENFORCE("enforce", Abi.KVMPL_POLICY_ENFORCE()),
  /**
   * It is told, and happens all the same: VMPL0 opens the page, if it is kernel memory. Nothing is
   * protected by such a machine but the machine itself.
   */
  WATCH("watch", Abi.KVMPL_POLICY_WATCH());

  private final String label;
  private final int number;

  Policy(String label, int number) {
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
