// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

import java.util.Locale;

/**
 * MSRs with neighbouring numbers.
 *
 * @param first unsigned
 * @param count at least 1, at most {@value #MAX}
 */
public record MsrRange(int first, int count) {
  /** What one range of a filter can hold: KVM_MSR_FILTER_MAX_BITMAP_SIZE bytes of bits. */
  static final int MAX = 0x600 * Byte.SIZE;

  public MsrRange {
    if (count < 1 || count > MAX) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d MSRs from %#x, allowed are 1 to %d", count, first, MAX));
    }
  }
}
