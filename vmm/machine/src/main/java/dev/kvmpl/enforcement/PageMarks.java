// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import java.util.ArrayList;
import java.util.List;

/**
 * Marks on pages, and the marked page that is next to any: in time that grows with the logarithm of
 * the memory, to the base of 64, and with nothing else. Does not allocate once it is made. Not
 * thread-safe.
 */
final class PageMarks {
  /** In place of a page's number. */
  static final int NONE = -1;

  private static final int BITS = 6; // of Long.SIZE

  /**
   * Bit i of the first says that page i is marked, of each next one that word i before is not 0.
   */
  private final long[][] levels;

  /** No page is marked. */
  PageMarks(int pages) {
    List<long[]> made = new ArrayList<>();
    int bits = pages;
    do {
      bits = (bits + Long.SIZE - 1) >> BITS;
      made.add(new long[Math.max(1, bits)]);
    } while (bits > 1);
    levels = made.toArray(long[][]::new);
  }

  void mark(int page) {
    int at = page;
    for (long[] words : levels) {
      words[at >> BITS] |= 1L << at;
      at >>= BITS;
    }
  }

  void unmark(int page) {
    int at = page;
    for (long[] words : levels) {
      words[at >> BITS] &= ~(1L << at);
      if (words[at >> BITS] != 0) {
        return;
      }
      at >>= BITS;
    }
  }

  /** The last marked page up to {@code page} itself, or {@link #NONE}. */
  int atOrBefore(int page) {
    int at = page;
    for (int level = 0; level < levels.length && at >= 0; level++) {
      long before = levels[level][at >> BITS] & -1L >>> (Long.SIZE - 1 - (at & (Long.SIZE - 1)));
      if (before != 0) {
        return descend(level, at >> BITS, Long.SIZE - 1 - Long.numberOfLeadingZeros(before), true);
      }
      at = (at >> BITS) - 1;
    }
    return NONE;
  }

  /** The first marked page after {@code page}, or {@link #NONE}. */
  int after(int page) {
    int at = page + 1;
    for (int level = 0; level < levels.length && at >> BITS < levels[level].length; level++) {
      long from = levels[level][at >> BITS] & -1L << at;
      if (from != 0) {
        return descend(level, at >> BITS, Long.numberOfTrailingZeros(from), false);
      }
      at = (at >> BITS) + 1;
    }
    return NONE;
  }

  private int descend(int from, int word, int bit, boolean last) {
    int at = (word << BITS) + bit;
    for (int level = from - 1; level >= 0; level--) {
      long bits = levels[level][at];
      int next =
          last ? Long.SIZE - 1 - Long.numberOfLeadingZeros(bits) : Long.numberOfTrailingZeros(bits);
      at = (at << BITS) + next;
    }
    return at;
  }
}
