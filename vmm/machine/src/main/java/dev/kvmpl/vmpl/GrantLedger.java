// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.vmpl;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What drivers have been granted and not given back, so that it is found out when VMPL0 forgets to
 * close it. Follows every RMPADJUST of a machine, and knows of each page concerned what the levels
 * had before.
 *
 * <p>A grant is what VMPL0's RMPADJUST adds to a level while a driver has it, as far as no level
 * above has it: that one could pass it on at any time. It is closed when the level has none of it
 * any more, and no level below either that got it by RMPADJUST, unless it was granted it too.
 *
 * <p>A change takes constant time, and allocates at the first grant in each 2 MiB at most. Not
 * thread-safe: belongs to whoever changes the {@link Rmp}.
 */
public final class GrantLedger {
  private static final Vmpl[] LEVELS = Vmpl.values();
  private static final int NOBODY = 0;
  private static final int BITS = 4;
  private static final int DRIVER_BITS = 8;
  private static final int DRIVER_MASK = (1 << DRIVER_BITS) - 1;

  private final Rmp rmp;

  /** By 2 MiB; null where nothing was ever granted. */
  private final @Nullable Notes[] notes;

  /** Pages that each driver has of a level, or that others have of it, by level and driver. */
  private final int[][] open = new int[LEVELS.length][Abi.KVMPL_DRIVERS_MAX() + 1];

  /** The same of all drivers. */
  private final int[] openOfLevel = new int[LEVELS.length];

  /** The pages of 2 MiB. */
  private static final class Notes {
    /** What a level, or one above, had before: {@link PagePermissions} of level n in 4n+3..4n. */
    final int[] before = new int[Rmp.LARGE_PAGES];

    /** What each level has been granted beyond that, and still has. */
    final int[] granted = new int[Rmp.LARGE_PAGES];

    /** The driver that was: of level n in bits 8n+7..8n. */
    final int[] driver = new int[Rmp.LARGE_PAGES];

    /** The level that passed on what others still have without a right to it; 0 if nobody has. */
    final byte[] passedOn = new byte[Rmp.LARGE_PAGES];
  }

  /** What has not been closed. */
  public record Left(long gpa, Vmpl level, int permissions, int driver, Vmpl grantedTo) {
    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "what driver %d was granted: %s still has %s of page %#x%s",
          driver,
          level,
          PagePermissions.toString(permissions),
          gpa,
          level == grantedTo ? "" : ", passed on by " + grantedTo);
    }
  }

  /** A ledger in which nothing is granted. */
  public GrantLedger(Rmp rmp) {
    this.rmp = rmp;
    this.notes = new @Nullable Notes[(rmp.pages() + Rmp.LARGE_PAGES - 1) / Rmp.LARGE_PAGES];
  }

  /**
   * Follows an RMPADJUST that has changed the database.
   *
   * @param page its number
   * @param had what the level had before
   * @param driver the one that has the level, 0 for none
   */
  public void adjusted(Vmpl caller, int page, Vmpl level, int had, int driver) {
    boolean grants = caller == Vmpl.VMPL0 && driver != NOBODY;
    int now = rmp.permissions(page, level);
    int i = page % Rmp.LARGE_PAGES;
    Notes at = notes[page / Rmp.LARGE_PAGES];
    if (at == null || isForgotten(at, i)) {
      if (!grants || (now & ~had) == 0) {
        return;
      }
      at = note(page, level, had);
    }
    count(at, i, -1);
    if (caller == Vmpl.VMPL0 && !grants) {
      allow(at, i, level, now & ~had); // the level's from now on
    }
    int before = of(at.granted[i], level);
    int granted = now & (grants ? ~of(at.before[i], level) : before);
    at.granted[i] = with(at.granted[i], level, granted);
    if (granted != 0 && (before == 0 || (granted & ~had) != 0)) {
      int shift = level.number() * DRIVER_BITS;
      at.driver[i] = (at.driver[i] & ~(DRIVER_MASK << shift)) | (driver << shift);
    }
    if (!isAnyUnfounded(at, page)) {
      at.passedOn[i] = 0;
    } else if (at.passedOn[i] == 0) {
      at.passedOn[i] = (byte) level.number();
    }
    count(at, i, +1);
  }

  /** What is left of a level's grants to a driver: the first that is found. */
  public Optional<Left> leftBy(int driver, Vmpl level) {
    return open[level.number()][driver] == 0 ? Optional.empty() : find(level, driver, true);
  }

  /** What is left of a level's grants to other drivers than {@code driver}. */
  public Optional<Left> leftByOthers(int driver, Vmpl level) {
    return openOfLevel[level.number()] == open[level.number()][driver]
        ? Optional.empty()
        : find(level, driver, false);
  }

  /** Starts to follow a page: what there is now, and was before the change, is nobody's grant. */
  private Notes note(int page, Vmpl changed, int had) {
    Notes at = notes[page / Rmp.LARGE_PAGES];
    if (at == null) {
      at = new Notes();
      notes[page / Rmp.LARGE_PAGES] = at;
    }
    int i = page % Rmp.LARGE_PAGES;
    at.before[i] = 0;
    for (Vmpl level : LEVELS) {
      if (level != Vmpl.VMPL0) {
        allow(at, i, level, level == changed ? had : rmp.permissions(page, level));
      }
    }
    return at;
  }

  /** Those below may have it too: it can be passed on. */
  private static void allow(Notes at, int i, Vmpl first, int permissions) {
    for (int level = first.number(); level < LEVELS.length; level++) {
      at.before[i] |= permissions << (level * BITS);
    }
  }

  private static boolean isForgotten(Notes at, int i) {
    return at.granted[i] == 0 && at.passedOn[i] == 0;
  }

  /** What a level has that neither it nor one above had before, or is granted. */
  private int unfounded(Notes at, int page, Vmpl level) {
    int i = page % Rmp.LARGE_PAGES;
    if (level == Vmpl.VMPL0) {
      return PagePermissions.NONE;
    }
    int founded = of(at.before[i], level);
    for (int above = 1; above <= level.number(); above++) {
      founded |= of(at.granted[i], LEVELS[above]);
    }
    return rmp.permissions(page, level) & ~founded;
  }

  private boolean isAnyUnfounded(Notes at, int page) {
    for (Vmpl level : LEVELS) {
      if (unfounded(at, page, level) != 0) {
        return true;
      }
    }
    return false;
  }

  private void count(Notes at, int i, int change) {
    for (Vmpl level : LEVELS) {
      if (isOpen(at, i, level)) {
        open[level.number()][driver(at, i, level)] += change;
        openOfLevel[level.number()] += change;
      }
    }
  }

  /** Whether anything is there of what the level was granted, whoever has it. */
  private static boolean isOpen(Notes at, int i, Vmpl level) {
    return of(at.granted[i], level) != 0
        || (level != Vmpl.VMPL0 && at.passedOn[i] == level.number());
  }

  private static int driver(Notes at, int i, Vmpl level) {
    return (at.driver[i] >>> (level.number() * DRIVER_BITS)) & DRIVER_MASK;
  }

  /** Searches everything: only once something has been forgotten. */
  private Optional<Left> find(Vmpl level, int driver, boolean its) {
    for (int page = 0; page < rmp.pages(); page++) {
      Notes at = notes[page / Rmp.LARGE_PAGES];
      int i = page % Rmp.LARGE_PAGES;
      if (at != null && isOpen(at, i, level) && (driver(at, i, level) == driver) == its) {
        return Optional.of(left(at, page, level));
      }
    }
    return Optional.empty();
  }

  private Left left(Notes at, int page, Vmpl grantedTo) {
    int i = page % Rmp.LARGE_PAGES;
    int granted = of(at.granted[i], grantedTo);
    Vmpl has = grantedTo;
    for (Vmpl level : LEVELS) {
      if (granted == 0 && unfounded(at, page, level) != 0) {
        has = level;
        granted = unfounded(at, page, level);
      }
    }
    return new Left(
        (long) page << PageRange.PAGE_SHIFT, has, granted, driver(at, i, grantedTo), grantedTo);
  }

  private static int of(int permissions, Vmpl level) {
    return (permissions >>> (level.number() * BITS)) & PagePermissions.ALL;
  }

  private static int with(int permissions, Vmpl level, int value) {
    int shift = level.number() * BITS;
    return (permissions & ~(PagePermissions.ALL << shift)) | (value << shift);
  }
}
