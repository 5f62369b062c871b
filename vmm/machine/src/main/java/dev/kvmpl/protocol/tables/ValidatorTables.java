// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol.tables;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_ownership_map;
import dev.kvmpl.bindings.abi.kvmpl_protected;
import dev.kvmpl.bindings.abi.kvmpl_range;
import dev.kvmpl.bindings.abi.kvmpl_restricted;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.TablesLayout;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;

/**
 * The validator's tables in guest memory, which VMPL1 can read and not write: a bit or a byte for
 * each page, so that a look-up costs the same however much there is.
 */
public final class ValidatorTables {
  /** The most ranges that can be restricted in one machine. */
  public static final int RESTRICTED_MAX = 1024;

  /** The most ranges that can have owners at launch. */
  public static final int OWNERSHIP_MAX = 16384;

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

  /**
   * Writes the restricted ranges, and with them all that is not kernel memory.
   *
   * @param kernelMemory where that begins; it goes on to the memory's end
   */
  public void writeRestricted(List<PageRange> ranges, long kernelMemory) {
    checkRestricted(ranges.size());
    restrict(0, PageRange.pageOf(kernelMemory));
    restrict(PageRange.pageOf(memory.size()), Abi.KVMPL_PAGES_MAX());
    ranges.forEach(range -> restrict(range.firstPage(), range.endPage()));
  }

  private void restrict(int from, int to) {
    long table = places.restricted() + kvmpl_restricted.pages$offset();
    int page = from;
    for (; page < to && page % Byte.SIZE != 0; page++) {
      setBit(table, page);
    }
    int whole = Math.max(to - to % Byte.SIZE, page);
    memory.slice(table + page / Byte.SIZE, (whole - page) / Byte.SIZE).fill((byte) -1);
    for (page = whole; page < to; page++) {
      setBit(table, page);
    }
  }

  private void setBit(long table, int page) {
    long at = table + page / Byte.SIZE;
    memory.putByte(at, (byte) (memory.getByte(at) | 1 << page % Byte.SIZE));
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
    for (Ownership entry : entries) {
      long first = driverOf(entry.range().firstPage());
      memory.slice(first, entry.range().pages()).fill((byte) entry.driver());
      long count =
          places.ownership()
              + kvmpl_ownership_map.pages$offset()
              + (long) entry.driver() * Integer.BYTES;
      memory.putInt(count, memory.getInt(count) + entry.range().pages());
    }
  }

  /**
   * The ownership map as the validator has left it, as runs of pages: whatever is no driver's
   * number is left out, for a validator may have damaged it.
   */
  public List<Ownership> readOwnership() {
    int pages = (int) Math.min(memory.size() / PageRange.PAGE_SIZE, Abi.KVMPL_PAGES_MAX());
    byte[] drivers = memory.read(driverOf(0), pages);
    List<Ownership> entries = new ArrayList<>();
    for (int first = 0, page = 1; page <= pages; page++) {
      if (page == pages || drivers[page] != drivers[first]) {
        int driver = Byte.toUnsignedInt(drivers[first]);
        if (driver > 0 && driver <= Abi.KVMPL_DRIVERS_MAX()) {
          entries.add(new Ownership(PageRange.ofPages(first, page), driver));
        }
        first = page;
      }
    }
    return entries;
  }

  /**
   * Makes pages nobody's, for a hypervisor that knows that their owner is gone: those that have
   * been freed, and all that are the driver's. VMPL0 may be looking at the map meanwhile.
   */
  public void withdraw(BitSet freed, int driver) {
    int pages = (int) Math.min(memory.size() / PageRange.PAGE_SIZE, Abi.KVMPL_PAGES_MAX());
    byte[] drivers = memory.read(driverOf(0), pages);
    for (int page = 0; page < pages; page++) {
      if (drivers[page] != 0 && (freed.get(page) || Byte.toUnsignedInt(drivers[page]) == driver)) {
        memory.putByte(driverOf(page), (byte) 0);
      }
    }
  }

  private long driverOf(int page) {
    return places.ownership() + kvmpl_ownership_map.driver$offset() + page;
  }

  private static List<PageRange> sorted(List<PageRange> ranges) {
    return ranges.stream().sorted((a, b) -> Long.compare(a.start(), b.start())).toList();
  }
}
