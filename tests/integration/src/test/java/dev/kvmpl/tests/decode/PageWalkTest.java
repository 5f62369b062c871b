// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.memory.GuestMemory;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables at 0x1000 (PML4), 0x2000 (PDPT), 0x3000 (PD) and 0x4000 (PT), each used at one entry. */
class PageWalkTest {
  private static final long MEMORY = 0x100000;
  private static final long PRESENT = 1;
  private static final long LARGE = 1 << 7;
  private static final long NO_EXECUTE = 1L << 63;

  /** Entries 1, 2, 3 and 4 of the four tables, and byte 0x567 of the page. */
  private static final long ADDRESS = 1L << 39 | 2L << 30 | 3L << 21 | 4L << 12 | 0x567;

  private static final List<Long> ENTRIES = List.of(0x1008L, 0x2010L, 0x3018L, 0x4020L);

  private final GuestMemory memory = GuestMemory.allocate(MEMORY);
  private final PageWalk walk = new PageWalk(memory);

  @BeforeEach
  void writeTables() {
    memory.putLong(0x1008, 0x2000 | PRESENT);
    memory.putLong(0x2010, 0x3000 | PRESENT);
    memory.putLong(0x3018, 0x4000 | PRESENT);
    memory.putLong(0x4020, 0x7000 | PRESENT);
    walk.from(0x1000);
  }

  @AfterEach
  void close() {
    memory.close();
  }

  private List<Long> entries() {
    return IntStream.range(0, walk.entries()).mapToObj(walk::entry).toList();
  }

  @Test
  void smallPage_isFoundOverFourEntries() {
    assertEquals(0x7567, walk.to(ADDRESS));

    assertEquals(ENTRIES, entries());
  }

  @Test
  void flagsOfCr3AndOfEntries_areNoPartOfAnAddress() {
    walk.from(0x1000 | 0x18);
    memory.putLong(0x4020, 0x7000 | NO_EXECUTE | 0xfff);

    assertEquals(0x7567, walk.to(ADDRESS));
  }

  /** Bit 12 of a large page's entry is a flag. */
  @Test
  void pageOf2MiB_isFoundOverThreeEntries() {
    memory.putLong(0x3018, 0x40000000L | 1 << 12 | LARGE | PRESENT);

    assertEquals(0x40000000L | 4 << 12 | 0x567, walk.to(ADDRESS));
    assertEquals(ENTRIES.subList(0, 3), entries());
  }

  @Test
  void pageOf1GiB_isFoundOverTwoEntries() {
    memory.putLong(0x2010, 0x80000000L | LARGE | PRESENT);

    assertEquals(0x80000000L | 3 << 21 | 4 << 12 | 0x567, walk.to(ADDRESS));
    assertEquals(ENTRIES.subList(0, 2), entries());
  }

  @ParameterizedTest
  @CsvSource({"0x1008, 1", "0x2010, 2", "0x3018, 3", "0x4020, 4"})
  void entryThatIsNotPresent_endsTheWalk(long entry, int entries) {
    memory.putLong(entry, memory.getLong(entry) & ~PRESENT);

    assertEquals(PageWalk.UNMAPPED, walk.to(ADDRESS));
    assertEquals(ENTRIES.subList(0, entries), entries());
  }

  @Test
  void largePageWhereThereIsNone_leadsNowhere() {
    memory.putLong(0x1008, 0x2000 | LARGE | PRESENT);

    assertEquals(PageWalk.UNMAPPED, walk.to(ADDRESS));
  }

  @Test
  void tableOutsideOfMemory_leadsNowhere() {
    memory.putLong(0x3018, MEMORY | PRESENT);

    assertEquals(PageWalk.UNMAPPED, walk.to(ADDRESS));
    assertEquals(ENTRIES.subList(0, 3), entries());
  }

  @ParameterizedTest
  @ValueSource(longs = {ADDRESS | 1L << 48, ADDRESS | 1L << 63, 1L << 47})
  void addressThatIsNotCanonical_leadsNowhere(long address) {
    assertEquals(PageWalk.UNMAPPED, walk.to(address));
    assertEquals(List.of(), entries());
  }

  @Test
  void upperHalf_isWalkedToo() {
    memory.putLong(0x1000 + 511 * 8, 0x2000 | PRESENT);

    assertEquals(0x7567, walk.to(-1L << 39 | (ADDRESS & ((1L << 39) - 1))));
  }

  @ParameterizedTest
  @ValueSource(longs = {0x1008, 0x2010, 0x3018, 0x4020})
  void walkOverEntriesThatAllCpusTakeAlike_isPlain_whateverTheyAllow(long entry) {
    memory.putLong(entry, memory.getLong(entry) | (entry == 0x4020 ? 0xfff : 0xf7f));

    assertEquals(0x7567, walk.to(ADDRESS));
    assertTrue(walk.isPlain());
  }

  @ParameterizedTest
  @ValueSource(longs = {0x1008, 0x2010, 0x3018, 0x4020})
  void walkOverABitThatMayBeReserved_isNotPlain(long entry) {
    for (int bit = 52; bit < 64; bit++) {
      long plain = memory.getLong(entry);
      memory.putLong(entry, plain | 1L << bit);

      assertEquals(0x7567, walk.to(ADDRESS));
      assertFalse(walk.isPlain());
      memory.putLong(entry, plain);
    }
  }

  @Test
  void walkToAPageOf2MiB_isPlain_unlessAReservedBitIsSet() {
    memory.putLong(0x3018, 0x40000000L | 1 << 12 | LARGE | PRESENT);
    walk.to(ADDRESS);
    assertTrue(walk.isPlain());
    for (int bit = 13; bit < 21; bit++) {
      memory.putLong(0x3018, 0x40000000L | 1L << bit | LARGE | PRESENT);

      walk.to(ADDRESS);

      assertFalse(walk.isPlain());
    }
  }

  @Test
  void walkToAPageOf1GiB_isNotPlain_becauseNotEveryCpuHasThem() {
    memory.putLong(0x2010, 0x80000000L | LARGE | PRESENT);

    walk.to(ADDRESS);

    assertFalse(walk.isPlain());
  }

  @Test
  void walkThatLeadsNowhere_isNotPlain() {
    walk.to(ADDRESS);
    memory.putLong(0x4020, 0x7000);

    walk.to(ADDRESS);

    assertFalse(walk.isPlain());
  }
}
