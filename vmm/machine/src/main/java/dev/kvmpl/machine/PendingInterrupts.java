// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

/**
 * Interrupts that wait for a vCPU to take them, as in an APIC's IRR: each vector once, the highest
 * first (AMD manual volume 2, 16.6.3).
 */
final class PendingInterrupts {
  private static final int VECTORS = 256;

  private final long[] requested = new long[VECTORS / Long.SIZE];

  /**
   * @param vector 0 to 255
   */
  void request(int vector) {
    requested[vector / Long.SIZE] |= 1L << vector;
  }

  boolean isEmpty() {
    for (long word : requested) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /** Takes the one that comes first. */
  int take() {
    for (int i = requested.length - 1; i >= 0; i--) {
      if (requested[i] != 0) {
        long highest = Long.highestOneBit(requested[i]);
        requested[i] ^= highest;
        return i * Long.SIZE + Long.numberOfTrailingZeros(highest);
      }
    }
    throw new IllegalStateException("no interrupt waits");
  }
}
