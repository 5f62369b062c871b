// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

/** How many tests passed, failed and were skipped. */
record Counts(int passed, int failed, int skipped) {
  static final Counts NONE = new Counts(0, 0, 0);

  /** All of them. */
  int tests() {
    return passed + failed + skipped;
  }

  /** Both together. */
  Counts plus(Counts other) {
    return new Counts(passed + other.passed, failed + other.failed, skipped + other.skipped);
  }

  /** The sum that every run ends with. */
  @Override
  public String toString() {
    return passed + " passed, " + failed + " failed, " + skipped + " skipped";
  }
}
