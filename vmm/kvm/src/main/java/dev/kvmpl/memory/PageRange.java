// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import java.util.Locale;

/**
 * Whole pages of guest-physical memory.
 *
 * @param start the first byte, page-aligned
 * @param end one past the last byte, page-aligned, above {@code start}
 */
public record PageRange(long start, long end) {
  /** Bytes of a page, the unit of every permission. */
  public static final int PAGE_SIZE = 4096;

  /** log2 of {@link #PAGE_SIZE}. */
  public static final int PAGE_SHIFT = 12;

  /**
   * A range of at least one page.
   *
   * @throws IllegalArgumentException if a bound is not page-aligned, or the range empty
   */
  public PageRange {
    if (!isValid(start, end)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "not whole pages: %#x..%#x", start, end));
    }
  }

  /** Whether there is a range with these bounds. */
  public static boolean isValid(long start, long end) {
    return start >= 0 && end > start && start % PAGE_SIZE == 0 && end % PAGE_SIZE == 0;
  }

  /** Pages {@code [first, end)}, by their numbers. */
  public static PageRange ofPages(int first, int end) {
    return new PageRange((long) first << PAGE_SHIFT, (long) end << PAGE_SHIFT);
  }

  /** The page's number that a guest-physical address is in. */
  public static int pageOf(long gpa) {
    return Math.toIntExact(gpa >>> PAGE_SHIFT);
  }

  public int firstPage() {
    return pageOf(start);
  }

  /** One past the last page's number. */
  public int endPage() {
    return pageOf(end);
  }

  /** How many pages. */
  public int pages() {
    return endPage() - firstPage();
  }

  /** Bytes. */
  public long length() {
    return end - start;
  }

  public boolean overlaps(PageRange other) {
    return start < other.end && other.start < end;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%#x..%#x", start, end);
  }
}
