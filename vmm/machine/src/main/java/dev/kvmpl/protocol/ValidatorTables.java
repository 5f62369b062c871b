// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_ownership;
import dev.kvmpl.bindings.abi.kvmpl_ownership_map;
import dev.kvmpl.bindings.abi.kvmpl_protected;
import dev.kvmpl.bindings.abi.kvmpl_range;
import dev.kvmpl.bindings.abi.kvmpl_restricted;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** The validator's tables in guest memory, which VMPL1 can read and not write. */
public final class ValidatorTables {
  /** The most ranges that can be restricted. */
  public static final int RESTRICTED_MAX = Abi.KVMPL_RESTRICTED_MAX();

  /** The most entries of the ownership map. */
  public static final int OWNERSHIP_MAX = Abi.KVMPL_OWNERSHIP_MAX();

  /** The most protected virtual ranges. */
  public static final int PROTECTED_MAX = Abi.KVMPL_PROTECTED_MAX();

  private final GuestMemory memory;
  private final TablesLayout places;

  /** Those of a machine, in its memory. */
  public ValidatorTables(GuestMemory memory, TablesLayout places) {
    this.memory = memory;
    this.places = places;
  }

  /**
   * One entry of the ownership map.
   *
   * @param driver the driver's number, from 1 on
   */
  public record Ownership(PageRange range, int driver) {}

  /**
   * Whether the ownership map has room for so many entries.
   *
   * @throws IllegalArgumentException if not
   */
  public static void checkRoom(int entries) {
    if (entries > OWNERSHIP_MAX) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d owned ranges, allowed are %d", entries, OWNERSHIP_MAX));
    }
  }

  /**
   * Whether the table of restricted ranges has room for so many.
   *
   * @throws IllegalArgumentException if not
   */
  public static void checkRestricted(int ranges) {
    if (ranges > RESTRICTED_MAX) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT, "%d restricted ranges, allowed are %d", ranges, RESTRICTED_MAX));
    }
  }

  /** Writes the restricted ranges, which must not overlap. */
  public void writeRestricted(List<PageRange> ranges) {
    checkRestricted(ranges.size());
    long at = places.restricted() + kvmpl_restricted.ranges$offset();
    for (PageRange range : sorted(ranges)) {
      memory.putLong(at + kvmpl_range.start$offset(), range.start());
      memory.putLong(at + kvmpl_range.end$offset(), range.end());
      at += kvmpl_range.sizeof();
    }
    memory.putLong(places.restricted() + kvmpl_restricted.count$offset(), ranges.size());
  }

  /**
   * Whether the table of protected ranges has room.
   *
   * @throws IllegalArgumentException if not
   */
  public static void checkProtected(List<PageRange> ranges) {
    long pages = ranges.stream().mapToLong(PageRange::length).sum() / PageRange.PAGE_SIZE;
    if (ranges.size() > PROTECTED_MAX || pages > Abi.KVMPL_PROTECTED_PAGES_MAX()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%d protected ranges with %d pages, allowed are %d with %d",
              ranges.size(),
              pages,
              PROTECTED_MAX,
              Abi.KVMPL_PROTECTED_PAGES_MAX()));
    }
  }

  /**
   * Writes the protected virtual ranges, which must not overlap.
   *
   * @param root VMPL1's page tables at launch
   */
  public void writeProtected(long root, List<PageRange> ranges) {
    checkProtected(ranges);
    long at = places.protectedVirtual() + kvmpl_protected.ranges$offset();
    for (PageRange range : sorted(ranges)) {
      memory.putLong(at + kvmpl_range.start$offset(), range.start());
      memory.putLong(at + kvmpl_range.end$offset(), range.end());
      at += kvmpl_range.sizeof();
    }
    memory.putLong(places.protectedVirtual() + kvmpl_protected.root$offset(), root);
    memory.putLong(places.protectedVirtual() + kvmpl_protected.count$offset(), ranges.size());
  }

  /** Writes the ownership map, whose ranges must not overlap. */
  public void writeOwnership(List<Ownership> entries) {
    checkRoom(entries.size());
    long at = places.ownership() + kvmpl_ownership_map.entries$offset();
    for (Ownership entry :
        entries.stream().sorted(Comparator.comparingLong(e -> e.range().start())).toList()) {
      memory.putLong(at + kvmpl_ownership.start$offset(), entry.range().start());
      memory.putLong(at + kvmpl_ownership.end$offset(), entry.range().end());
      memory.putLong(at + kvmpl_ownership.driver$offset(), entry.driver());
      at += kvmpl_ownership.sizeof();
    }
    memory.putLong(places.ownership() + kvmpl_ownership_map.count$offset(), entries.size());
  }

  /**
   * The ownership map as the validator has left it; what is no range of pages with a driver is left
   * out, for a validator may have damaged it.
   */
  public List<Ownership> readOwnership() {
    long count = memory.getLong(places.ownership() + kvmpl_ownership_map.count$offset());
    List<Ownership> entries = new ArrayList<>();
    for (int i = 0; i < Math.clamp(count, 0, OWNERSHIP_MAX); i++) {
      long at =
          places.ownership() + kvmpl_ownership_map.entries$offset() + i * kvmpl_ownership.sizeof();
      long start = memory.getLong(at + kvmpl_ownership.start$offset());
      long end = memory.getLong(at + kvmpl_ownership.end$offset());
      long driver = memory.getLong(at + kvmpl_ownership.driver$offset());
      if (PageRange.isValid(start, end) && driver > 0 && driver <= Integer.MAX_VALUE) {
        entries.add(new Ownership(new PageRange(start, end), (int) driver));
      }
    }
    return entries;
  }

  private static List<PageRange> sorted(List<PageRange> ranges) {
    return ranges.stream().sorted(Comparator.comparingLong(PageRange::start)).toList();
  }
}
