// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import java.util.ArrayList;
import java.util.List;

/**
 * The permissions database: for every page and level, what the level may do with the page. The
 * authority on it; slots follow it and nothing else changes them. Not thread-safe: belongs to
 * whoever holds the machine's baton.
 */
public final class Rmp {
  private static final int BITS = 4;
  private static final int MASK = (1 << BITS) - 1;

  /** One page: {@link PagePermissions} of level n in bits 4n+3..4n. */
  private final short[] pages;

  /** A database of {@code pages} pages: VMPL0 may everything, the others nothing. */
  public Rmp(int pages) {
    this.pages = new short[pages];
    for (int i = 0; i < pages; i++) {
      this.pages[i] = (short) PagePermissions.ALL;
    }
  }

  /** Number of pages. */
  public int pages() {
    return pages.length;
  }

  /** What {@code level} may do with page number {@code page}. */
  public int permissions(int page, Vmpl level) {
    return (pages[page] >>> (level.number() * BITS)) & MASK;
  }

  /**
   * Whether {@code level} has all of {@code wanted} on every page of {@code [gpa, gpa + length)}.
   */
  public boolean allows(long gpa, long length, Vmpl level, int wanted) {
    if (gpa < 0 || length <= 0 || gpa > ((long) pages.length << PageRange.PAGE_SHIFT) - length) {
      return false;
    }
    for (int page = PageRange.pageOf(gpa); page <= PageRange.pageOf(gpa + length - 1); page++) {
      if ((permissions(page, level) & wanted) != wanted) {
        return false;
      }
    }
    return true;
  }

  /**
   * How the VMM sets a machine up, before anything runs.
   *
   * @param level below VMPL0
   */
  public void assign(PageRange range, Vmpl level, int permissions) {
    if (level == Vmpl.VMPL0) {
      throw new IllegalArgumentException("VMPL0 has every permission");
    }
    for (int page = range.firstPage(); page < range.endPage(); page++) {
      set(page, level, permissions);
    }
  }

  /**
   * RMPADJUST as a level executes it. Order of checks and codes: AMD manual volume 3, RMPADJUST.
   *
   * @param caller the level that executes it
   * @param rax the page's address
   * @param rcx its size: 0 is 4 KiB, 1 is 2 MiB
   * @param rdx target level in bits 7:0, permissions in bits 15:8, VMSA in bit 16
   * @return EAX: RMP_OK, and the database has changed; else a RMP_FAIL_..., and it has not
   */
  public int adjust(Vmpl caller, long rax, long rcx, long rdx) {
    int target = (int) (rdx & 0xff);
    int wanted = (int) (rdx >>> Abi.RMP_PERMISSIONS_SHIFT()) & MASK;
    boolean large = rcx == Abi.RMP_PAGE_SIZE_2M();
    long size = large ? 1L << 21 : PageRange.PAGE_SIZE;
    boolean knownSize = large || rcx == Abi.RMP_PAGE_SIZE_4K();
    long end = (long) pages.length << PageRange.PAGE_SHIFT;
    if (!knownSize || rax % size != 0 || rax < 0 || rax > end - size) {
      return Abi.RMP_FAIL_INPUT();
    }
    if (target > Vmpl.VMPL3.number() || !caller.above(Vmpl.of(target))) {
      return Abi.RMP_FAIL_PERMISSION();
    }
    if (large) {
      return Abi.RMP_FAIL_SIZEMISMATCH(); // every entry is a 4 KiB one
    }
    int page = PageRange.pageOf(rax);
    if ((wanted & ~permissions(page, caller)) != 0) {
      return Abi.RMP_FAIL_PERMISSION();
    }
    set(page, Vmpl.of(target), wanted);
    return Abi.RMP_OK();
  }

  private void set(int page, Vmpl level, int permissions) {
    int shift = level.number() * BITS;
    pages[page] = (short) ((pages[page] & ~(MASK << shift)) | ((permissions & MASK) << shift));
  }

  /**
   * Pages in a row with the same permissions.
   *
   * @param permissions of {@link PagePermissions}
   */
  public record Run(PageRange range, int permissions) {}

  /**
   * One level's column, for people: runs of equal pages, in order, those without any access left
   * out.
   */
  public List<Run> column(Vmpl level) {
    List<Run> runs = new ArrayList<>();
    int first = 0;
    for (int page = 1; page <= pages.length; page++) {
      if (page == pages.length || permissions(page, level) != permissions(first, level)) {
        if (permissions(first, level) != PagePermissions.NONE) {
          runs.add(
              new Run(
                  new PageRange(
                      (long) first << PageRange.PAGE_SHIFT, (long) page << PageRange.PAGE_SHIFT),
                  permissions(first, level)));
        }
        first = page;
      }
    }
    return runs;
  }
}
