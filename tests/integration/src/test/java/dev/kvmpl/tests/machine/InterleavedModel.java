// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import dev.kvmpl.vmpl.PagePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What the promises say about grants, as a machine of four processors keeps them: the permissions
 * of a few pages in one entry of 2 MiB, their owners and their contents, after each operation.
 *
 * <p>While levels pass on what they have whenever they can, it is not known whether a lower one has
 * what one above was granted, or has lost what it was granted itself and has to ask again.
 */
final class InterleavedModel {
  static final int LEVELS = 4;
  static final long NOT_VALIDATED = 0x404;
  private static final long FAIL_PERMISSION = 2;
  private static final long FAIL_SIZEMISMATCH = 6;
  private static final long INVALID_ADDRESS = 0x80000003L;
  private static final long INVALID_PARAMETER = 0x80000005L;
  private static final long OWNED_BY_OTHER = 0x80001001L;
  private static final long NO_DRIVER = 0x80001002L;
  private static final long NOT_GRANTED = 0x80001004L;
  private static final long SIZEMISMATCH = 0x80001006L;
  private static final long UNCHANGED = 0x80001010L;
  private static final int READ_WRITE = PagePermissions.READ | PagePermissions.WRITE;

  /** The pages that operations are about, and the last one, which stands for the others. */
  final List<Page> pages = new ArrayList<>();

  /** Whether they are in one entry of 2 MiB. */
  private boolean large = true;

  /** Whether levels pass on what they have. */
  private final boolean passingOn;

  /** Drivers that are unloaded and have not been started since. */
  private final Set<Integer> unloaded = new HashSet<>();

  /** Stores that VMPL0 was asked about. */
  long exits;

  static final class Page {
    final int[] has = new int[LEVELS];
    final int[] before = new int[LEVELS];
    final int[] granted = new int[LEVELS];
    boolean valid = true;
    int owner;

    /** The driver that has had it rescinded, 0 for none. */
    int rescindedBy;

    Set<Long> contents = Set.of(0L);

    Page() {
      Arrays.fill(has, PagePermissions.READ_EXECUTE);
      has[0] = PagePermissions.ALL;
    }

    /** Whether nothing that the level has can come from a grant. */
    boolean isUntouched(int level) {
      return Arrays.stream(granted, 1, level + 1).allMatch(permissions -> permissions == 0);
    }

    private void close(int level) {
      if (granted[level] != 0) {
        granted[level] = 0;
        for (int below = level; below < LEVELS; below++) {
          has[below] &= before[below] | granted[below];
        }
      }
    }

    private void closeAll() {
      for (int level = 1; level < LEVELS; level++) {
        close(level);
      }
    }
  }

  InterleavedModel(int pages, boolean passingOn) {
    this.passingOn = passingOn;
    for (int i = 0; i <= pages; i++) {
      this.pages.add(new Page());
    }
  }

  /** RMPADJUST of one page. */
  long adjust(int caller, int page, int level, int permissions) {
    if (level <= caller || level >= LEVELS) {
      return FAIL_PERMISSION;
    }
    large = false;
    Page at = pages.get(page);
    if (!at.valid) {
      return NOT_VALIDATED;
    }
    if ((permissions & ~at.has[caller]) != 0) {
      return FAIL_PERMISSION;
    }
    at.has[level] = permissions;
    return 0;
  }

  /** RMPADJUST of all of the 2 MiB. */
  long adjustLarge(int caller, int level, int permissions) {
    Page first = pages.getLast();
    if (level <= caller || level >= LEVELS) {
      return FAIL_PERMISSION;
    }
    if (!first.valid) {
      return NOT_VALIDATED;
    }
    if (!large) {
      return FAIL_SIZEMISMATCH;
    }
    if ((permissions & ~first.has[caller]) != 0) {
      return FAIL_PERMISSION;
    }
    pages.forEach(page -> page.has[level] = permissions);
    return 0;
  }

  /** RMPQUERY, with the entry's size in bit 8, and a result in bits 31:16. */
  long query(int caller, int page, int level) {
    Page at = pages.get(page);
    if (level < caller || level >= LEVELS) {
      return FAIL_PERMISSION << 16;
    }
    return at.valid ? at.has[level] | (large ? 1 << 8 : 0) : NOT_VALIDATED << 16;
  }

  /** A store: what can come of it. */
  Set<Long> store(int level, int driver, int page, long data) {
    Page at = pages.get(page);
    boolean open = at.valid && (at.has[level] & READ_WRITE) == READ_WRITE;
    if (!open) {
      exits++;
    }
    long result = open ? 0 : validate(level, driver, page, READ_WRITE);
    Set<Long> results = new HashSet<>(Set.of(result));
    if (passingOn && level > 1) {
      results.add(result == 0 ? NOT_GRANTED : result); // taken between the verdict and the store
      for (int above = 1; above < level; above++) {
        results.add((at.has[above] & READ_WRITE) == READ_WRITE ? 0L : result);
      }
    }
    if (results.contains(0L)) {
      at.contents = new HashSet<>(results.size() > 1 ? at.contents : Set.of());
      at.contents.add(data);
    }
    return results;
  }

  long validate(int level, int driver, int page, int permissions) {
    Page at = pages.get(page);
    if (driver == 0) {
      return NO_DRIVER;
    }
    if (at.owner != 0 && at.owner != driver) {
      return OWNED_BY_OTHER;
    }
    if (!at.valid) {
      return NOT_GRANTED;
    }
    at.owner = driver;
    large = false;
    for (int below = level; below < LEVELS; below++) {
      if (at.isUntouched(below)) {
        at.before[below] = at.has[below];
      }
    }
    at.granted[level] |= permissions;
    at.has[level] |= permissions;
    return 0;
  }

  long transfer(int driver, int page, int to) {
    Page at = pages.get(page);
    if (at.owner != driver) {
      return at.owner == 0 ? INVALID_ADDRESS : OWNED_BY_OTHER;
    }
    if (unloaded.contains(to)) {
      return INVALID_PARAMETER;
    }
    at.owner = to;
    at.closeAll();
    return 0;
  }

  long pvalidate(int driver, int page, boolean valid) {
    Page at = pages.get(page);
    if (at.owner != 0 && at.owner != driver) {
      return INVALID_ADDRESS;
    }
    large = false;
    return pvalidate(driver, List.of(at), valid);
  }

  long pvalidateLarge(int driver, boolean valid) {
    if (pages.getLast().valid && !large) {
      return SIZEMISMATCH;
    }
    if (pages.stream().anyMatch(page -> page.owner != 0 && page.owner != driver)) {
      return INVALID_ADDRESS;
    }
    if (!large) {
      if (!valid) {
        pages.forEach(Page::closeAll);
      }
      return SIZEMISMATCH;
    }
    return pvalidate(driver, pages, valid);
  }

  private static long pvalidate(int driver, List<Page> entry, boolean valid) {
    if (!valid) {
      entry.forEach(Page::closeAll);
    }
    if (entry.getFirst().valid == valid) {
      return UNCHANGED;
    }
    for (Page page : entry) {
      page.valid = valid;
      page.rescindedBy = valid ? 0 : driver;
    }
    return 0;
  }

  void start(int driver) {
    unloaded.remove(driver);
  }

  /** The driver has given back its only vCPU. */
  void end(int level, int driver, boolean unload) {
    pages.forEach(page -> page.close(level));
    for (Page page : pages) {
      if (unload && page.owner == driver) {
        page.closeAll();
        page.owner = 0;
      }
      if (page.rescindedBy == driver) { // which was validated again page by page
        page.valid = true;
        page.rescindedBy = 0;
        large = false;
      }
    }
    if (unload) {
      unloaded.add(driver);
    }
  }
}
