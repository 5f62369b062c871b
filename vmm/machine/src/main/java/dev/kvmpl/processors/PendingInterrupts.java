// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

/**
 * Interrupts that wait for a vCPU to take them, as in an APIC's IRR: each vector once, the highest
 * first (AMD manual volume 2, 16.6.3).
 */
public final class PendingInterrupts {
  private static final int VECTORS = 256;

  private final long[] requested = new long[VECTORS / Long.SIZE];

  /**
   * Lets it wait, if it does not already.
   *
   * @param vector 0 to 255
   */
  public void request(int vector) {
    requested[vector / Long.SIZE] |= 1L << vector;
  }

  public boolean isEmpty() {
    for (long word : requested) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /** Takes the one that comes first. */
  public int take() {
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
