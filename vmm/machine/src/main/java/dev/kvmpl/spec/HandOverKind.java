// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

/** How the vCPUs of a processor take turns. */
public enum HandOverKind {
  /** Each has a thread of its own; those that wait spin before they park. */
  THREADS("threads"),
  /** One thread runs them all. */
  THREAD("thread");

  private final String label;

  HandOverKind(String label) {
    this.label = label;
  }

  /** The name in documents. */
  public String label() {
    return label;
  }
}
