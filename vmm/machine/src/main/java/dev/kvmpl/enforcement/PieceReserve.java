// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Whether there are as many pieces as a level's memory is cut into: KVM's slots, or mappings. There
 * are so many and no more, and what was given to a level must be taken back whatever happens,
 * although that can need more: it cuts a run of pages into pieces. So room is kept for it. A page
 * at which a level has more access than the least that it has had there counts as a piece of its
 * own; taking it back to that least never needs more than has been counted.
 *
 * <p>Not thread-safe. Does not allocate once it is made.
 */
public final class PieceReserve {
  private static final int BITS = 2;
  private static final int MASK = (1 << BITS) - 1;
  private static final byte NO_PAGE = -1; // before the first

  /** A page: the ranks of its {@link SlotAccess} now, and above that of the least. */
  private final byte[] pages;

  private final boolean absentToo;
  private int limit;
  private int reserved;

  /**
   * For a level as it is launched.
   *
   * @param absentToo whether what the level has no access to is made of pieces too
   * @param limit the pieces that there can be
   */
  public PieceReserve(Rmp rmp, Vmpl level, boolean absentToo, int limit) {
    this.pages = new byte[rmp.pages()];
    this.absentToo = absentToo;
    this.limit = limit;
    for (int page = 0; page < pages.length; page++) {
      int access = SlotAccess.of(rmp.access(page, level)).rank();
      pages[page] = (byte) (access << BITS | access);
      reserved += start(before(page), pages[page]);
    }
  }

  /** Pieces that there are or may come to be. */
  public int reserved() {
    return reserved;
  }

  /** The pieces that there can be. */
  public int limit() {
    return limit;
  }

  /** Changes {@link #limit}; what is reserved stays so. */
  public void limit(int pieces) {
    limit = pieces;
  }

  /** Whether pages {@code [from, to)} can get this access. */
  public boolean hasRoom(int from, int to, SlotAccess wanted) {
    int more = more(from, to, wanted);
    return more <= 0 || more <= limit - reserved;
  }

  /** Counts what the database says of pages {@code [from, to)} after they changed in it. */
  public void follow(Rmp rmp, Vmpl level, int from, int to) {
    for (int page = from; page < to; page++) {
      SlotAccess access = SlotAccess.of(rmp.access(page, level));
      reserved += more(page, page + 1, access);
      pages[page] = changed(pages[page], access);
    }
  }

  /** How many pieces more it takes if pages {@code [from, to)} get this access. */
  private int more(int from, int to, SlotAccess wanted) {
    int more = 0;
    byte oldBefore = before(from);
    byte newBefore = oldBefore;
    for (int page = from; page <= to && page < pages.length; page++) {
      byte newPage = page < to ? changed(pages[page], wanted) : pages[page];
      more += start(newBefore, newPage) - start(oldBefore, pages[page]);
      oldBefore = pages[page];
      newBefore = newPage;
    }
    return more;
  }

  private byte before(int page) {
    return page == 0 ? NO_PAGE : pages[page - 1];
  }

  private static byte changed(byte page, SlotAccess wanted) {
    int least = Math.min(page >> BITS, wanted.rank());
    return (byte) (least << BITS | wanted.rank());
  }

  /** 1 if a piece starts with the page, 0 if it is that of the page before, or in none. */
  private int start(byte before, byte page) {
    boolean own = isOwn(page) || isOwn(before) || before != page;
    return (absentToo || page != 0) && own ? 1 : 0;
  }

  private static boolean isOwn(byte page) {
    return page >= 0 && (page & MASK) > page >> BITS;
  }
}
