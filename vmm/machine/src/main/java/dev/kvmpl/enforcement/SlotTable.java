// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One level's memory slots: the runs of pages with equal {@link SlotAccess}, as few as there can
 * be. A change of the {@link Rmp} changes the slots that touch the changed pages and no others, in
 * time that does not depend on the memory's size; deletions come first, because slots must not
 * overlap. If the sink fails in the middle of a change, the table has what is there then. Allocates
 * only to grow. Not thread-safe.
 */
public final class SlotTable {
  private static final int INITIAL = 16;

  // Slot i: sorted by first page. Parallel arrays, so that the hot path has no objects.
  private int[] first = new int[INITIAL];
  private int[] end = new int[INITIAL];
  private int[] number = new int[INITIAL];
  private boolean[] readOnly = new boolean[INITIAL];
  private int count;

  private int[] freeNumbers = new int[INITIAL];
  private int freeCount;
  private int nextNumber;

  // The new runs in place of the slots that a change touches.
  private int[] newFirst = new int[INITIAL];
  private int[] newEnd = new int[INITIAL];
  private SlotAccess[] newAccess = new SlotAccess[INITIAL];
  private int newCount;

  /** A table without slots. */
  public SlotTable() {}

  /** Number of slots. */
  public int size() {
    return count;
  }

  /**
   * Makes the slots agree with the database again after pages {@code [from, to)} changed in it.
   *
   * @param from a page's number
   * @param to one past the last page's number
   */
  public void follow(Rmp rmp, Vmpl level, int from, int to, SlotSink sink) {
    // The slots that overlap or touch the change; those that only touch it may grow into it.
    int low = firstEndingAtOrAfter(from);
    int high = low;
    while (high < count && first[high] <= to) {
      high++;
    }
    newCount = 0;
    if (low < high && first[low] < from) {
      append(first[low], Math.min(from, end[low]), accessOf(low));
    }
    for (int page = from; page < to; page++) {
      append(page, page + 1, SlotAccess.of(rmp.access(page, level)));
    }
    if (low < high && end[high - 1] > to) {
      append(Math.max(to, first[high - 1]), end[high - 1], accessOf(high - 1));
    }
    dropAbsent();
    // A run that is there already, at either end, stays as it is.
    int keptLow = 0;
    while (keptLow < newCount && low + keptLow < high && same(low + keptLow, keptLow)) {
      keptLow++;
    }
    low += keptLow;
    int keptHigh = 0;
    while (keptHigh < newCount - keptLow
        && high - keptHigh > low
        && same(high - keptHigh - 1, newCount - keptHigh - 1)) {
      keptHigh++;
    }
    high -= keptHigh;
    delete(low, high, sink);
    create(low, keptLow, newCount - keptLow - keptHigh, sink);
  }

  /** Deletes every slot, the last first; those that the sink refuses stay listed. */
  public void clear(SlotSink sink) {
    List<AutoCloseable> deletions = new ArrayList<>();
    for (int i = count - 1; i >= 0; i--) {
      int slot = i;
      deletions.add(() -> delete(slot, slot + 1, sink));
    }
    Closing.all(deletions);
  }

  /** Deletes slots {@code [low, high)}; if the sink fails, those that are there stay listed. */
  private void delete(int low, int high, SlotSink sink) {
    int deleted = low;
    try {
      for (; deleted < high; deleted++) {
        sink.delete(number[deleted]);
        release(number[deleted]);
      }
    } finally {
      replace(low, deleted, 0);
    }
  }

  /**
   * Creates slots {@code low} and following; if the sink fails, those that are there are listed.
   */
  private void create(int low, int run, int wanted, SlotSink sink) {
    replace(low, low, wanted);
    int created = 0;
    try {
      for (; created < wanted; created++) {
        int slot = low + created;
        first[slot] = newFirst[run + created];
        end[slot] = newEnd[run + created];
        readOnly[slot] = newAccess[run + created] == SlotAccess.READ_ONLY;
        number[slot] = take();
        sink.create(number[slot], first[slot], end[slot] - first[slot], readOnly[slot]);
      }
    } finally {
      if (created < wanted) {
        release(number[low + created]);
        replace(low + created, low + wanted, 0);
      }
    }
  }

  private SlotAccess accessOf(int slot) {
    return readOnly[slot] ? SlotAccess.READ_ONLY : SlotAccess.WRITABLE;
  }

  private boolean same(int slot, int run) {
    return first[slot] == newFirst[run]
        && end[slot] == newEnd[run]
        && accessOf(slot) == newAccess[run];
  }

  private int firstEndingAtOrAfter(int page) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (end[middle] < page) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void append(int runFirst, int runEnd, SlotAccess access) {
    if (newCount > 0 && newEnd[newCount - 1] == runFirst && newAccess[newCount - 1] == access) {
      newEnd[newCount - 1] = runEnd;
      return;
    }
    if (newCount == newFirst.length) {
      newFirst = Arrays.copyOf(newFirst, newCount * 2);
      newEnd = Arrays.copyOf(newEnd, newCount * 2);
      newAccess = Arrays.copyOf(newAccess, newCount * 2);
    }
    newFirst[newCount] = runFirst;
    newEnd[newCount] = runEnd;
    newAccess[newCount++] = access;
  }

  private void dropAbsent() {
    int kept = 0;
    for (int i = 0; i < newCount; i++) {
      if (newAccess[i] != SlotAccess.ABSENT) {
        newFirst[kept] = newFirst[i];
        newEnd[kept] = newEnd[i];
        newAccess[kept++] = newAccess[i];
      }
    }
    newCount = kept;
  }

  /** Makes room for {@code added} slots in place of {@code [low, high)}. */
  private void replace(int low, int high, int added) {
    int newSize = count - (high - low) + added;
    if (newSize > first.length) {
      int capacity = Math.max(newSize, first.length * 2);
      first = Arrays.copyOf(first, capacity);
      end = Arrays.copyOf(end, capacity);
      number = Arrays.copyOf(number, capacity);
      readOnly = Arrays.copyOf(readOnly, capacity);
    }
    System.arraycopy(first, high, first, low + added, count - high);
    System.arraycopy(end, high, end, low + added, count - high);
    System.arraycopy(number, high, number, low + added, count - high);
    System.arraycopy(readOnly, high, readOnly, low + added, count - high);
    count = newSize;
  }

  private int take() {
    return freeCount > 0 ? freeNumbers[--freeCount] : nextNumber++;
  }

  private void release(int slot) {
    if (freeCount == freeNumbers.length) {
      freeNumbers = Arrays.copyOf(freeNumbers, freeCount * 2);
    }
    freeNumbers[freeCount++] = slot;
  }
}
