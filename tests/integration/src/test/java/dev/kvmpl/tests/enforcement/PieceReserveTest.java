// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.enforcement.PageAccess;
import dev.kvmpl.enforcement.PieceReserve;
import dev.kvmpl.enforcement.SlotAccess;
import dev.kvmpl.enforcement.SlotTable;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots are reserved so that what was given can be taken back. Seeds are fixed. */
@Tag("exhaustive")
class PieceReserveTest {
  private static final int PAGES = 40;
  private static final int LIMIT = 12;
  private static final int CHANGES = 2000;
  private static final Vmpl LEVEL = Vmpl.VMPL1;

  /** By the rank of the {@link SlotAccess} that they give. */
  private static final int[] PERMISSIONS = {
    PagePermissions.NONE, PagePermissions.READ_EXECUTE, PagePermissions.ALL
  };

  private final Rmp rmp = new Rmp(PAGES);
  private final SlotTable table = new SlotTable(PAGES);
  private final RecordedSlots recorded = new RecordedSlots();

  private PieceReserve launched(int limit, int permissions) {
    assign(0, PAGES, permissions);
    table.follow(PageAccess.of(rmp, LEVEL), 0, PAGES, recorded);
    return new PieceReserve(rmp, LEVEL, false, limit);
  }

  private void assign(int from, int to, int permissions) {
    rmp.assign(
        new PageRange((long) from * PageRange.PAGE_SIZE, (long) to * PageRange.PAGE_SIZE),
        LEVEL,
        permissions);
  }

  private int pieces() {
    int pieces = 0;
    for (int page = 0; page < PAGES; page++) {
      pieces += page == 0 || rank(page) != rank(page - 1) ? 1 : 0;
    }
    return pieces;
  }

  private void change(PieceReserve reserve, int from, int to, int permissions) {
    assign(from, to, permissions);
    reserve.follow(rmp, LEVEL, from, to);
    table.follow(PageAccess.of(rmp, LEVEL), from, to, recorded);
  }

  private static boolean hasRoom(PieceReserve reserve, int page, int permissions) {
    return reserve.hasRoom(page, page + 1, SlotAccess.of(permissions));
  }

  /** Those that there are, followed by a table as {@link PieceReserve} follows. */
  private int slots() {
    return table.size();
  }

  @Test
  void launchedLevel_reservesTheSlotsThatItHas() {
    assign(0, 10, PagePermissions.ALL);
    assign(10, 20, PagePermissions.READ_EXECUTE);
    assign(30, PAGES, PagePermissions.READ_EXECUTE);

    assertEquals(3, new PieceReserve(rmp, LEVEL, false, LIMIT).reserved());
  }

  @Test
  void piecesWithoutAccess_areMappingsAndNoSlots() {
    assign(10, 20, PagePermissions.READ_EXECUTE);
    assign(30, PAGES, PagePermissions.ALL);

    assertEquals(2, new PieceReserve(rmp, LEVEL, false, LIMIT).reserved());
    assertEquals(4, new PieceReserve(rmp, LEVEL, true, LIMIT).reserved());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anyChanges_needNoMoreMappingsThanAreReserved_andCanBeTakenBack(long seed) {
    Random random = new Random(seed);
    PieceReserve reserve = new PieceReserve(rmp, LEVEL, true, LIMIT);
    int[] least = new int[PAGES];
    for (int i = 0; i < CHANGES; i++) {
      int page = random.nextInt(PAGES);
      int wanted = random.nextInt(PERMISSIONS.length);
      if (hasRoom(reserve, page, PERMISSIONS[wanted])) {
        change(reserve, page, page + 1, PERMISSIONS[wanted]);
        assertTrue(pieces() <= reserve.reserved() && reserve.reserved() <= LIMIT);
      }
    }
    for (int page = 0; page < PAGES; page++) {
      assertTrue(hasRoom(reserve, page, PERMISSIONS[least[page]]));
      change(reserve, page, page + 1, PERMISSIONS[least[page]]);
      assertTrue(pieces() <= reserve.reserved());
    }
    assertEquals(1, reserve.reserved());
  }

  @Test
  void pageThatIsOpened_reservesAsManySlotsAsThereAre() {
    PieceReserve reserve = launched(LIMIT, PagePermissions.READ_EXECUTE);

    change(reserve, 5, 6, PagePermissions.ALL);

    assertEquals(3, slots());
    assertEquals(3, reserve.reserved());
  }

  /** The one in the middle can be closed again, which cuts the slot that they are in. */
  @Test
  void neighboursThatAreOpened_reserveASlotEach() {
    PieceReserve reserve = launched(LIMIT, PagePermissions.READ_EXECUTE);

    change(reserve, 5, 8, PagePermissions.ALL);

    assertEquals(3, slots());
    assertEquals(5, reserve.reserved());
  }

  @Test
  void noMoreRoom_isSaid_andTakingBackHasIt() {
    PieceReserve reserve = launched(5, PagePermissions.READ_EXECUTE);
    change(reserve, 1, 2, PagePermissions.ALL);
    assertTrue(hasRoom(reserve, 3, PagePermissions.ALL));
    change(reserve, 3, 4, PagePermissions.ALL);

    assertFalse(hasRoom(reserve, 5, PagePermissions.ALL));
    assertFalse(hasRoom(reserve, 5, PagePermissions.NONE));
    assertTrue(hasRoom(reserve, 3, PagePermissions.READ_EXECUTE));

    change(reserve, 3, 4, PagePermissions.READ_EXECUTE);
    assertTrue(hasRoom(reserve, 5, PagePermissions.ALL));
  }

  @Test
  void limitThatIsLowered_keepsTakingBackPossible() {
    PieceReserve reserve = launched(LIMIT, PagePermissions.READ_EXECUTE);
    change(reserve, 1, 2, PagePermissions.ALL);

    reserve.limit(1);

    assertFalse(hasRoom(reserve, 5, PagePermissions.ALL));
    assertTrue(hasRoom(reserve, 1, PagePermissions.READ_EXECUTE));
  }

  /** Whatever there is room for is done; then all of it is taken back, in any order. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyChanges_needNoMoreThanIsReserved_andCanBeTakenBack(long seed) {
    Random random = new Random(seed);
    PieceReserve reserve = launched(LIMIT, PERMISSIONS[random.nextInt(PERMISSIONS.length)]);
    int[] least = new int[PAGES];
    Arrays.fill(least, rank(0));
    int refused = 0;
    for (int i = 0; i < CHANGES; i++) {
      int from = random.nextInt(PAGES);
      int to = random.nextInt(4) == 0 ? from + 1 + random.nextInt(PAGES - from) : from + 1;
      int wanted = random.nextInt(PERMISSIONS.length);
      if (!reserve.hasRoom(from, to, SlotAccess.of(PERMISSIONS[wanted]))) {
        refused++;
        continue;
      }
      change(reserve, from, to, PERMISSIONS[wanted]);
      for (int page = from; page < to; page++) {
        least[page] = Math.min(least[page], wanted);
      }
      assertTrue(slots() <= reserve.reserved() && reserve.reserved() <= LIMIT);
      assertEquals(new SlotsByHand(least).reserved(), reserve.reserved());
      if (i % 100 == 99) {
        takeBack(reserve, least, random);
      }
    }
    assertTrue(refused > CHANGES / 20 && refused < CHANGES - CHANGES / 20, refused + " refused");
  }

  private void takeBack(PieceReserve reserve, int[] least, Random random) {
    List<Integer> order = IntStream.range(0, PAGES).boxed().collect(Collectors.toList());
    Collections.shuffle(order, random);
    for (int page : order) {
      assertTrue(hasRoom(reserve, page, PERMISSIONS[least[page]]));
      change(reserve, page, page + 1, PERMISSIONS[least[page]]);
      assertTrue(slots() <= reserve.reserved() && reserve.reserved() <= LIMIT);
    }
    assertEquals(slots(), reserve.reserved());
  }

  private int rank(int page) {
    return SlotAccess.of(rmp.permissions(page, LEVEL)) == SlotAccess.ABSENT
        ? 0
        : SlotAccess.of(rmp.permissions(page, LEVEL)) == SlotAccess.READ_ONLY ? 1 : 2;
  }

  /** What is to be reserved, from nothing but the database and the least that there was. */
  private final class SlotsByHand {
    private final int[] least;

    SlotsByHand(int[] least) {
      this.least = least;
    }

    int reserved() {
      int slots = 0;
      for (int page = 0; page < PAGES; page++) {
        boolean goesOn =
            page > 0 && !isOwn(page) && !isOwn(page - 1) && rank(page) == rank(page - 1);
        if ((isOwn(page) || rank(page) > 0) && !goesOn) {
          slots++;
        }
      }
      return slots;
    }

    private boolean isOwn(int page) {
      return rank(page) > least[page];
    }
  }
}
