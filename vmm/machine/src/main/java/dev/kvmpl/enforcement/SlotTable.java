// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import java.util.Arrays;

/**
 * One level's memory slots: runs of pages with equal {@link SlotAccess}. A change of the {@link
 * dev.kvmpl.vmpl.Rmp} changes the slots that the changed pages are in and no others, in time that
 * depends neither on the memory's size nor on the number of slots; deletions come first, because
 * slots must not overlap.
 *
 * <p>What is opened gets a slot of its own beside its neighbours', which would cost another
 * deletion to grow. What is closed grows together with its neighbours again, so that there are
 * never more slots than {@link PieceReserve} counts, and after everything is taken back as few as
 * there can be.
 *
 * <p>If the sink fails in the middle of a change, the table has what is there then. Allocates only
 * to grow. Not thread-safe.
 */
public final class SlotTable {
  private static final int INITIAL = 16;
  private static final int ABSENT = -1;

  // All of memory is pieces, each with a slot or absent. Arrays, so that the hot path has no
  // objects.
  private final PageMarks starts;
  private final int pages;

  /** By the page at which a piece starts: its slot's number times 2, plus 1 if it is read-only. */
  private final int[] slots;

  private int count;

  private int[] freeNumbers = new int[INITIAL];
  private int freeCount;
  private int nextNumber;

  // The runs in place of the pieces that a change touches.
  private int[] runFirst = new int[INITIAL];
  private SlotAccess[] runAccess = new SlotAccess[INITIAL];
  private int runs;

  /**
   * A table without slots.
   *
   * @param pages of the memory
   */
  public SlotTable(int pages) {
    this.pages = pages;
    this.starts = new PageMarks(pages);
    this.slots = new int[pages];
    Arrays.fill(slots, ABSENT);
    if (pages > 0) {
      starts.mark(0);
    }
  }

  /** Number of slots. */
  public int size() {
    return count;
  }

  /**
   * Makes the slots agree with what is wanted of pages {@code [from, to)}.
   *
   * @param wanted asked before the first slot changes
   * @param from a page's number
   * @param to one past the last page's number
   */
  public void follow(PageAccess wanted, int from, int to, SlotSink sink) {
    int low = starts.atOrBefore(from);
    int high = endOf(starts.atOrBefore(to - 1));
    if (closes(wanted, from, to)) { // those beside it may grow into it
      low = low == from && from > 0 ? starts.atOrBefore(from - 1) : low;
      high = high == to && to < pages ? endOf(to) : high;
    }
    runs = 0;
    if (low < from) {
      append(low, accessOf(low));
    }
    for (int page = from; page < to; page++) {
      append(page, wanted.at(page));
    }
    if (to < high) {
      append(to, accessOf(starts.atOrBefore(to)));
    }
    replace(low, high, sink);
  }

  /** Whether a page can be accessed for less than before. */
  private boolean closes(PageAccess wanted, int from, int to) {
    int start = starts.atOrBefore(from);
    int end = endOf(start);
    for (int page = from; page < to; page++) {
      if (page == end) {
        start = page;
        end = endOf(start);
      }
      if (wanted.at(page).rank() < accessOf(start).rank()) {
        return true;
      }
    }
    return false;
  }

  /** What a page's slot lets the level do. */
  SlotAccess access(int page) {
    return accessOf(starts.atOrBefore(page));
  }

  private void append(int first, SlotAccess access) {
    if (runs > 0 && runAccess[runs - 1] == access) {
      return;
    }
    if (runs == runFirst.length) {
      runFirst = Arrays.copyOf(runFirst, runs * 2);
      runAccess = Arrays.copyOf(runAccess, runs * 2);
    }
    runFirst[runs] = first;
    runAccess[runs++] = access;
  }

  /** Puts the runs in place of pieces {@code [low, high)}; one that is there already stays. */
  private void replace(int low, int high, SlotSink sink) {
    int run = 0;
    int from = low;
    while (run < runs && from < high && isThere(run, from, high)) {
      from = endOf(from);
      run++;
    }
    int end = runs;
    int to = high;
    while (end > run && to > from && isThere(end - 1, starts.atOrBefore(to - 1), to)) {
      to = starts.atOrBefore(to - 1);
      end--;
    }
    for (int start = from; start < to; start = endOf(start)) {
      delete(start, sink);
    }
    for (int start = starts.after(from); start != PageMarks.NONE && start < to; ) {
      starts.unmark(start);
      start = starts.after(start);
    }
    for (int i = run; i < end; i++) {
      starts.mark(runFirst[i]);
    }
    for (int i = run; i < end; i++) {
      if (runAccess[i] != SlotAccess.ABSENT) {
        create(runFirst[i], runAccess[i] == SlotAccess.READ_ONLY, sink);
      }
    }
  }

  /** Whether a run is the piece from {@code start}. */
  private boolean isThere(int run, int start, int high) {
    int end = run + 1 < runs ? runFirst[run + 1] : high;
    return runFirst[run] == start && end == endOf(start) && runAccess[run] == accessOf(start);
  }

  private void create(int start, boolean readOnly, SlotSink sink) {
    int number = freeCount > 0 ? freeNumbers[--freeCount] : nextNumber++;
    boolean created = false;
    try {
      sink.create(number, start, endOf(start) - start, readOnly);
      created = true;
    } finally {
      if (created) {
        slots[start] = number << 1 | (readOnly ? 1 : 0);
        count++;
      } else {
        release(number);
      }
    }
  }

  private void delete(int start, SlotSink sink) {
    if (slots[start] != ABSENT) {
      int number = slots[start] >> 1;
      sink.delete(number);
      slots[start] = ABSENT;
      count--;
      release(number);
    }
  }

  private int endOf(int start) {
    int next = starts.after(start);
    return next == PageMarks.NONE ? pages : next;
  }

  private SlotAccess accessOf(int start) {
    if (slots[start] == ABSENT) {
      return SlotAccess.ABSENT;
    }
    return (slots[start] & 1) != 0 ? SlotAccess.READ_ONLY : SlotAccess.WRITABLE;
  }

  private void release(int number) {
    if (freeCount == freeNumbers.length) {
      freeNumbers = Arrays.copyOf(freeNumbers, freeCount * 2);
    }
    freeNumbers[freeCount++] = number;
  }
}
