// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

/** By what KVM a level's permissions bind. */
public enum EnforcementKind {
  /** By memory slots: read-only ones, and none. */
  SLOTS("slots"),
  /** By what a mapping of the level's own, behind its one slot, may be accessed for. */
  MAPPING("mapping");

  private final String label;

  EnforcementKind(String label) {
    this.label = label;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
