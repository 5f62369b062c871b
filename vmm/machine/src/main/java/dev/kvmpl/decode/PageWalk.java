// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.decode;

import dev.kvmpl.memory.GuestMemory;

/**
 * Where guest-virtual addresses lead, by the guest's tables of 4 levels in 64-bit mode (AMD manual
 * volume 2, 5.3), and over which entries. It says nothing of what the entries allow, and sets
 * neither accessed nor dirty bits. Does not allocate. Not thread-safe.
 */
public final class PageWalk {
  /** In place of a guest-physical address: nothing is mapped, or not by tables in memory. */
  public static final long UNMAPPED = -1;

  private static final int LEVELS = 4;
  private static final int INDEX_BITS = 9;
  private static final int PAGE_BITS = 12;
  private static final int ADDRESS_BITS = PAGE_BITS + LEVELS * INDEX_BITS;
  private static final long PRESENT = 1;
  private static final long LARGE = 1 << 7;
  private static final long FRAME = 0x000ffffffffff000L;

  /** What an entry of a plain walk has not: what is ignored, or reserved, or not to be executed. */
  private static final long ABOVE_FRAME = 0xfff0000000000000L;

  private static final long PAT_OF_LARGE = 1 << PAGE_BITS;

  private final GuestMemory memory;
  private final long[] entries = new long[LEVELS];
  private long tables;
  private int count;
  private boolean plain;

  /** Goes over tables in {@code memory}; {@link #from} says which. */
  public PageWalk(GuestMemory memory) {
    this.memory = memory;
  }

  /**
   * From now on walks start there.
   *
   * @param cr3 the register
   */
  public void from(long cr3) {
    tables = cr3 & FRAME;
  }

  /**
   * Walks to where {@code address} leads.
   *
   * @return the guest-physical address, or {@link #UNMAPPED}
   */
  public long to(long address) {
    count = 0;
    plain = false;
    long seen = 0;
    int unused = Long.SIZE - ADDRESS_BITS;
    if (address << unused >> unused != address) {
      return UNMAPPED;
    }
    long table = tables;
    for (int shift = ADDRESS_BITS - INDEX_BITS; ; shift -= INDEX_BITS) {
      long index = address >>> shift & ((1 << INDEX_BITS) - 1);
      long entryAt = table + index * Long.BYTES;
      if (!memory.contains(entryAt, Long.BYTES)) {
        return UNMAPPED;
      }
      entries[count++] = entryAt;
      long entry = memory.getLong(entryAt);
      boolean last = shift == PAGE_BITS || (entry & LARGE) != 0;
      if ((entry & PRESENT) == 0 || (last && shift > PAGE_BITS + 2 * INDEX_BITS)) {
        return UNMAPPED;
      }
      seen |= entry;
      if (last) {
        long offset = (1L << shift) - 1;
        long reserved = shift == PAGE_BITS ? 0 : FRAME & offset & ~PAT_OF_LARGE;
        plain =
            (seen & ABOVE_FRAME) == 0 && (entry & reserved) == 0 && shift <= PAGE_BITS + INDEX_BITS;
        return (entry & FRAME & ~offset) | (address & offset);
      }
      table = entry & FRAME;
    }
  }

  /**
   * Whether the last walk leads there on every CPU, whatever it has and how it is set up: over
   * entries without reserved bits, and over none that only some CPUs take.
   */
  public boolean isPlain() {
    return plain;
  }

  /** How many entries the last walk has looked at. */
  public int entries() {
    return count;
  }

  /**
   * The guest-physical address of one of them.
   *
   * @param number from 0, the one in the table at CR3
   */
  public long entry(int number) {
    return entries[number];
  }
}
