// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

/** By what KVM a level's permissions bind. */
public enum EnforcementKind {
  /** By memory slots: read-only ones, and none. */
  SLOTS("slots");

  private final String label;

  EnforcementKind(String label) {
    this.label = label;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
