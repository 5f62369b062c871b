// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

/** How a machine ended. */
public enum Outcome {
  /** The guest kernel said that it was done. */
  COMPLETED("completed"),
  /** The time limit came first. */
  TIMED_OUT("timed-out"),
  /** Something happened that kvmpl does not go on after; the message says what. */
  FAILED("failed");

  private final String label;

  Outcome(String label) {
    this.label = label;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
