// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.memory.PageRange;

/**
 * When each page last got a store of the hypervisor's, or was opened for writing to a level. KVM
 * computes what a read-modify-write stores while its vCPU runs, before anybody is asked; whether
 * that is old by the time of its exit shows in what has changed since the vCPU entered the guest.
 *
 * <p>Changes belong to the machine's lock; {@link #now} may be called from any thread.
 */
public final class PageChanges {
  private final long[] changed;
  private volatile long now;

  /**
   * No page has changed yet.
   *
   * @param pages of the memory; 0 where nobody is going to ask
   */
  public PageChanges(int pages) {
    changed = new long[pages];
  }

  /** A moment after all changes so far, and before all that come. */
  public long now() {
    return now;
  }

  /** Pages {@code [from, to)} change now. */
  public void change(int from, int to) {
    long moment = now + 1;
    for (int page = from; page < Math.min(to, changed.length); page++) {
      changed[page] = moment;
    }
    now = moment; // whoever enters the guest from here on sees the change
  }

  /** Bytes of one page change now. */
  public void change(long gpa) {
    int page = PageRange.pageOf(gpa);
    change(page, page + 1);
  }

  /** Whether the page has changed after that moment. */
  public boolean since(long gpa, long moment) {
    int page = PageRange.pageOf(gpa);
    return page < changed.length && changed[page] > moment;
  }
}
