// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * The permissions database, SNP's reverse map table as far as a guest sees it: for every page, what
 * each level may do with it, whether it is validated, whether it may serve as a VMSA, whether it is
 * the guest's, and the size of its entry. The authority on all of it; slots follow it and nothing
 * else changes them. Not thread-safe: belongs to the machine's lock.
 *
 * <p>The instructions on it answer with one word: {@code RMP_OK} or a {@code RMP_FAIL_...} in the
 * bits of {@code KVMPL_RMP_RESULT_MASK}, with the other {@code KVMPL_RMP_...} bits for what else
 * changes, or {@code KVMPL_RMP_EXCEPTION}. Whatever is not {@code RMP_OK} has changed nothing. The
 * last check is {@code KVMPL_RMP_FAIL_NO_ROOM}, which hardware does not know: what enforces the
 * permissions has a {@link Capacity}.
 */
public final class Rmp {
  /**
   * No answer: the instruction is for 4 KiB and the entry is one of 2 MiB, which SNP makes a nested
   * page fault (AMD manual volume 2, table 15-40). The hypervisor splits the entry ({@link #smash})
   * and has the instruction executed again.
   */
  public static final int SIZE_FAULT = -1;

  /** Pages of a 2 MiB entry. */
  public static final int LARGE_PAGES = 512;

  private static final int NOT_VALIDATED =
      Abi.KVMPL_RMP_EXCEPTION()
          | Abi.VECTOR_VC()
          | Abi.VC_PAGE_NOT_VALIDATED() << Abi.KVMPL_RMP_ERROR_SHIFT();
  private static final int GENERAL_PROTECTION = Abi.KVMPL_RMP_EXCEPTION() | Abi.VECTOR_GP();

  private static final Vmpl[] LEVELS = Vmpl.values();
  private static final long LARGE_SIZE = (long) LARGE_PAGES * PageRange.PAGE_SIZE;
  private static final int BITS = 4;
  private static final int MASK = (1 << BITS) - 1;
  private static final int PERMISSIONS = (1 << (LEVELS.length * BITS)) - 1;
  private static final int ASSIGNED = 1 << 16;
  private static final int VALIDATED = 1 << 17;
  private static final int VMSA = 1 << 18;
  private static final int LARGE = 1 << 19;

  /** What a page is as soon as it is the guest's: VMPL0 may everything, the others nothing. */
  private static final int FRESH = ASSIGNED | PagePermissions.ALL;

  /**
   * One page: {@link PagePermissions} of level n in bits 4n+3..4n, flags above. The 512 pages of a
   * 2 MiB entry are equal.
   */
  private final int[] pages;

  private Capacity capacity = Capacity.UNLIMITED;
  private RmpMirror mirror = RmpMirror.NONE;

  /** Whose a page is (AMD manual volume 2, table 15-35). */
  public enum Owner {
    HYPERVISOR,
    GUEST
  }

  /**
   * A database of {@code pages} pages as after a launch: all of them the guest's and validated, in
   * entries of 4 KiB; VMPL0 may everything, the others nothing.
   */
  public Rmp(int pages) {
    this.pages = new int[pages];
    Arrays.fill(this.pages, FRESH | VALIDATED);
  }

  /** Has RMPADJUST and PVALIDATE refuse what the enforcement could not follow. */
  public void limitTo(Capacity enforcement) {
    capacity = enforcement;
  }

  /** From now on {@code other} has what is in here. */
  public void mirrorTo(RmpMirror other) {
    mirror = other;
    for (int page = 0; page < pages.length; page++) {
      mirror.changed(page, visible(page));
    }
  }

  private int visible(int page) {
    return (pages[page] & (ASSIGNED | VALIDATED)) == (ASSIGNED | VALIDATED)
        ? pages[page] & PERMISSIONS
        : 0;
  }

  /** Number of pages. */
  public int pages() {
    return pages.length;
  }

  /**
   * The permissions of {@code level} on page number {@code page}, which bind only while the page is
   * validated: {@link #access}.
   */
  public int permissions(int page, Vmpl level) {
    return (pages[page] >>> (level.number() * BITS)) & MASK;
  }

  /** What {@code level} can do with the page now: nothing, unless it is validated. */
  public int access(int page, Vmpl level) {
    return isValidated(page) ? permissions(page, level) : PagePermissions.NONE;
  }

  public boolean isValidated(int page) {
    return has(page, VALIDATED);
  }

  /** Whether the page may serve as a VMSA, which says nothing about access to it. */
  public boolean isVmsa(int page) {
    return has(page, VMSA);
  }

  /** Whether the page's entry is one of 2 MiB. */
  public boolean isLarge(int page) {
    return has(page, LARGE);
  }

  public Owner owner(int page) {
    return has(page, ASSIGNED) ? Owner.GUEST : Owner.HYPERVISOR;
  }

  /**
   * Whether {@code level} has access for all of {@code wanted} on every page of {@code [gpa, gpa +
   * length)}.
   */
  public boolean allows(long gpa, long length, Vmpl level, int wanted) {
    if (gpa < 0 || length <= 0 || gpa > ((long) pages.length << PageRange.PAGE_SHIFT) - length) {
      return false;
    }
    for (int page = PageRange.pageOf(gpa); page <= PageRange.pageOf(gpa + length - 1); page++) {
      if ((access(page, level) & wanted) != wanted) {
        return false;
      }
    }
    return true;
  }

  /**
   * How the VMM sets a machine up, before anything runs.
   *
   * @param range of whole entries
   * @param level below VMPL0
   */
  public void assign(PageRange range, Vmpl level, int permissions) {
    if (level == Vmpl.VMPL0) {
      throw new IllegalArgumentException("VMPL0 has every permission");
    }
    requireWholeEntries(range);
    for (int page = range.firstPage(); page < range.endPage(); page++) {
      set(page, level, permissions);
    }
  }

  /**
   * RMPUPDATE, how a hypervisor gives and takes pages: they are not validated after it, and in
   * entries of 4 KiB.
   *
   * @param range of whole entries
   */
  public void update(PageRange range, Owner owner) {
    requireWholeEntries(range);
    for (int page = range.firstPage(); page < range.endPage(); page++) {
      put(page, owner == Owner.GUEST ? FRESH : PagePermissions.NONE);
    }
  }

  /**
   * Makes entries of 2 MiB out of those of 4 KiB, as a launch with large pages has them.
   *
   * @param range of whole 2 MiB, each with the same state on all of its pages
   */
  public void useLargeEntries(PageRange range) {
    if (range.start() % LARGE_SIZE != 0 || range.end() % LARGE_SIZE != 0) {
      throw new IllegalArgumentException("not whole 2 MiB: " + range);
    }
    for (int page = range.firstPage(); page < range.endPage(); page++) {
      if (pages[page] != pages[page - page % LARGE_PAGES]) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "page %#x differs from others of its 2 MiB",
                (long) page << PageRange.PAGE_SHIFT));
      }
    }
    for (int page = range.firstPage(); page < range.endPage(); page++) {
      pages[page] |= LARGE;
    }
  }

  /** PSMASH: splits the page's 2 MiB entry, if it is in one; nothing else changes. */
  public void smash(int page) {
    if (isLarge(page)) {
      int first = page - page % LARGE_PAGES;
      for (int i = first; i < first + LARGE_PAGES; i++) {
        set(i, LARGE, false);
      }
    }
  }

  /**
   * RMPADJUST as a level executes it. Order of checks and codes: AMD manual volume 3, RMPADJUST.
   *
   * @param caller the level that executes it
   * @param gpa the page's address
   * @param rcx its size: 0 is 4 KiB, 1 is 2 MiB
   * @param rdx target level in bits 7:0, permissions in bits 15:8, VMSA in bit 16, which only VMPL0
   *     changes
   * @return the answer, or {@link #SIZE_FAULT}
   */
  public int adjust(Vmpl caller, long gpa, long rcx, long rdx) {
    int target = (int) (rdx & 0xff);
    int wanted = (int) (rdx >>> Abi.RMP_PERMISSIONS_SHIFT()) & MASK;
    if (!isGuestPage(gpa, rcx)) {
      return Abi.RMP_FAIL_INPUT();
    }
    if (target > Vmpl.VMPL3.number() || !caller.above(Vmpl.of(target))) {
      return Abi.RMP_FAIL_PERMISSION();
    }
    int page = PageRange.pageOf(gpa);
    boolean large = rcx == Abi.RMP_PAGE_SIZE_2M();
    if (isLarge(page) && !large) {
      return SIZE_FAULT;
    }
    if (!isValidated(page)) {
      return NOT_VALIDATED;
    }
    if (large && !isLarge(page)) {
      return Abi.RMP_FAIL_SIZEMISMATCH();
    }
    if ((wanted & ~permissions(page, caller)) != 0) {
      return Abi.RMP_FAIL_PERMISSION();
    }
    int end = page + entryPages(rcx);
    if (!capacity.allows(Vmpl.of(target), page, end, wanted)) {
      return Abi.KVMPL_RMP_FAIL_NO_ROOM();
    }
    for (int i = page; i < end; i++) {
      set(i, Vmpl.of(target), wanted);
      if (caller == Vmpl.VMPL0) {
        set(i, VMSA, (rdx & Abi.RMP_VMSA()) != 0);
      }
    }
    return Abi.RMP_OK();
  }

  /**
   * RMPQUERY as a level executes it (AMD manual volume 3, RMPQUERY): for itself or a lower level.
   *
   * @param caller the level that executes it
   * @param gpa the page's address
   * @param rdx target level in bits 7:0
   * @return the answer
   */
  public int query(Vmpl caller, long gpa, long rdx) {
    int target = (int) (rdx & 0xff);
    if (!isGuestPage(gpa, Abi.RMP_PAGE_SIZE_4K())) {
      return Abi.RMP_FAIL_INPUT();
    }
    if (target > Vmpl.VMPL3.number() || Vmpl.of(target).above(caller)) {
      return Abi.RMP_FAIL_PERMISSION();
    }
    int page = PageRange.pageOf(gpa);
    if (!isValidated(page)) {
      return NOT_VALIDATED;
    }
    int state =
        permissions(page, Vmpl.of(target)) << Abi.RMP_PERMISSIONS_SHIFT()
            | (isVmsa(page) ? Abi.RMP_VMSA() : 0);
    return Abi.RMP_OK()
        | state << Abi.KVMPL_RMP_RDX_SHIFT()
        | (isLarge(page) ? Abi.KVMPL_RMP_LARGE() : 0);
  }

  /**
   * PVALIDATE as a level executes it (AMD manual volume 3, PVALIDATE): only VMPL0 may.
   *
   * @param caller the level that executes it
   * @param gpa the page's address
   * @param rcx its size: 0 is 4 KiB, 1 is 2 MiB; bits 31:0 count
   * @param rdx 1 in bit 0 validates, 0 rescinds
   * @return the answer, or {@link #SIZE_FAULT}
   */
  public int validate(Vmpl caller, long gpa, long rcx, long rdx) {
    long size = rcx & 0xffffffffL;
    if (caller != Vmpl.VMPL0) {
      return GENERAL_PROTECTION;
    }
    if (!isGuestPage(gpa, size)) {
      return Abi.RMP_FAIL_INPUT();
    }
    int page = PageRange.pageOf(gpa);
    boolean large = size == Abi.RMP_PAGE_SIZE_2M();
    if (isLarge(page) != large) {
      return large ? Abi.RMP_FAIL_SIZEMISMATCH() : SIZE_FAULT;
    }
    boolean valid = (rdx & Abi.RMP_VALIDATE()) != 0;
    if (isValidated(page) == valid) {
      return Abi.RMP_OK() | Abi.KVMPL_RMP_CARRY();
    }
    int end = page + entryPages(size);
    for (Vmpl level : LEVELS) {
      int access = valid ? permissions(page, level) : PagePermissions.NONE;
      if (!capacity.allows(level, page, end, access)) {
        return Abi.KVMPL_RMP_FAIL_NO_ROOM();
      }
    }
    for (int i = page; i < end; i++) {
      set(i, VALIDATED, valid);
    }
    return Abi.RMP_OK();
  }

  /** Pages of an entry, by the size that an instruction names. */
  public static int entryPages(long size) {
    return size == Abi.RMP_PAGE_SIZE_2M() ? LARGE_PAGES : 1;
  }

  /** Whether the address is one of a page of this size, in memory that is the guest's. */
  private boolean isGuestPage(long gpa, long size) {
    if (size != Abi.RMP_PAGE_SIZE_4K() && size != Abi.RMP_PAGE_SIZE_2M()) {
      return false;
    }
    long bytes = (long) entryPages(size) * PageRange.PAGE_SIZE;
    long end = (long) pages.length << PageRange.PAGE_SHIFT;
    if (gpa % bytes != 0 || gpa < 0 || gpa > end - bytes) {
      return false;
    }
    int page = PageRange.pageOf(gpa);
    for (int i = page; i < page + entryPages(size); i++) {
      if (owner(i) != Owner.GUEST) {
        return false;
      }
    }
    return true;
  }

  private void requireWholeEntries(PageRange range) {
    if ((isLarge(range.firstPage()) && range.start() % LARGE_SIZE != 0)
        || (isLarge(range.endPage() - 1) && range.end() % LARGE_SIZE != 0)) {
      throw new IllegalArgumentException("part of a 2 MiB entry: " + range);
    }
  }

  private boolean has(int page, int flag) {
    return (pages[page] & flag) != 0;
  }

  private void set(int page, int flag, boolean value) {
    put(page, value ? pages[page] | flag : pages[page] & ~flag);
  }

  private void set(int page, Vmpl level, int permissions) {
    int shift = level.number() * BITS;
    put(page, (pages[page] & ~(MASK << shift)) | ((permissions & MASK) << shift));
  }

  private void put(int page, int state) {
    pages[page] = state;
    mirror.changed(page, visible(page));
  }

  /**
   * Pages in a row with the same permissions.
   *
   * @param permissions of {@link PagePermissions}
   */
  public record Run(PageRange range, int permissions) {}

  /**
   * One level's column, for people: runs of pages with equal access, in order, those without any
   * left out.
   */
  public List<Run> column(Vmpl level) {
    List<Run> runs = new ArrayList<>();
    int first = 0;
    for (int page = 1; page <= pages.length; page++) {
      if (page == pages.length || access(page, level) != access(first, level)) {
        if (access(first, level) != PagePermissions.NONE) {
          runs.add(
              new Run(
                  new PageRange(
                      (long) first << PageRange.PAGE_SHIFT, (long) page << PageRange.PAGE_SHIFT),
                  access(first, level)));
        }
        first = page;
      }
    }
    return runs;
  }
}
