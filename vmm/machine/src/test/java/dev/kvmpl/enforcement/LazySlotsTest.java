// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Slots that become writable only once they have to, beside what the database says. */
class LazySlotsTest {
  private static final int PAGES = 64;
  private static final int STEPS = 2000;
  private static final Vmpl LEVEL = Vmpl.VMPL1;
  private static final List<Integer> PERMISSIONS =
      List.of(PagePermissions.NONE, PagePermissions.READ_EXECUTE, PagePermissions.ALL);

  private final Rmp rmp = new Rmp(PAGES);
  private final Map<Integer, Slot> slots = new HashMap<>();
  private int changes;

  private record Slot(int first, int pages, boolean readOnly) {}

  private final SlotSink sink =
      new SlotSink() {
        @Override
        public void delete(int slot) {
          changes++;
          assertTrue(slots.remove(slot) != null, "deleted what is not there");
        }

        @Override
        public void create(int slot, int firstPage, int pages, boolean readOnly) {
          changes++;
          for (int page = firstPage; page < firstPage + pages; page++) {
            assertEquals(SlotAccess.ABSENT, access(page), "overlaps");
          }
          assertEquals(null, slots.put(slot, new Slot(firstPage, pages, readOnly)));
        }
      };

  private SlotAccess access(int page) {
    for (Slot slot : slots.values()) {
      if (slot.first <= page && page < slot.first + slot.pages) {
        return slot.readOnly ? SlotAccess.READ_ONLY : SlotAccess.WRITABLE;
      }
    }
    return SlotAccess.ABSENT;
  }

  private SlotEnforcement lazy() {
    assign(0, PAGES, PagePermissions.READ_EXECUTE);
    PieceReserve reserve = SlotEnforcement.reserve(rmp, LEVEL, Integer.MAX_VALUE);
    return new SlotEnforcement(sink, rmp, LEVEL, reserve, true);
  }

  private void assign(int from, int to, int permissions) {
    long start = (long) from << PageRange.PAGE_SHIFT;
    rmp.assign(new PageRange(start, (long) to << PageRange.PAGE_SHIFT), LEVEL, permissions);
  }

  @Test
  void pageThatBecomesWritable_isLeftAsItIs_withoutAChangeOfSlots() {
    SlotEnforcement enforcement = lazy();
    changes = 0;
    assign(3, 5, PagePermissions.ALL);
    assertFalse(enforcement.needsQuiet(3, 5));
    enforcement.follow(3, 5);

    assertEquals(0, changes);
    assertEquals(3, enforcement.nextBehind(0));
    assertEquals(4, enforcement.nextBehind(4));
    assertEquals(Enforcement.NOTHING, enforcement.nextBehind(5));
  }

  @Test
  void catchingUp_opensARunOfPagesInOneSlot() {
    SlotEnforcement enforcement = lazy();
    assign(3, 19, PagePermissions.ALL);
    enforcement.follow(3, 19);
    changes = 0;
    enforcement.catchUp(3, 19);

    assertEquals(4, changes, "one deleted, three created");
    assertEquals(SlotAccess.WRITABLE, access(18));
    assertEquals(Enforcement.NOTHING, enforcement.nextBehind(0));
  }

  @Test
  void pageThatIsTakenBackBefore_isNotBehind_andCostsNothing() {
    SlotEnforcement enforcement = lazy();
    assign(3, 4, PagePermissions.ALL);
    enforcement.follow(3, 4);
    changes = 0;
    assign(3, 4, PagePermissions.READ_EXECUTE);
    enforcement.follow(3, 4);

    assertEquals(0, changes);
    assertEquals(Enforcement.NOTHING, enforcement.nextBehind(0));
  }

  @Test
  void roomForWhatIsBehind_isKept() {
    assign(0, PAGES, PagePermissions.READ_EXECUTE);
    PieceReserve reserve = SlotEnforcement.reserve(rmp, LEVEL, 3);
    SlotEnforcement enforcement = new SlotEnforcement(sink, rmp, LEVEL, reserve, true);
    assign(10, 11, PagePermissions.ALL);
    enforcement.follow(10, 11);

    assertFalse(enforcement.hasRoom(20, 21, PagePermissions.ALL), "it needs three of three");
    enforcement.catchUp(10, 11);
    assertEquals(3, slots.size());
  }

  /** Never more than the database says, all of it after catching up, never more slots than kept. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whateverChanges_nothingIsOpenThatTheDatabaseDoesNotAllow(long seed) {
    Random random = new Random(seed);
    assign(0, PAGES, PagePermissions.READ_EXECUTE);
    PieceReserve reserve = SlotEnforcement.reserve(rmp, LEVEL, Integer.MAX_VALUE);
    SlotEnforcement enforcement = new SlotEnforcement(sink, rmp, LEVEL, reserve, true);
    PageAccess database = PageAccess.of(rmp, LEVEL);
    for (int step = 0; step < STEPS; step++) {
      int from = random.nextInt(PAGES);
      int to = Math.min(PAGES, from + 1 + (random.nextInt(4) == 0 ? random.nextInt(20) : 0));
      if (random.nextInt(4) == 0 && enforcement.nextBehind(from) != Enforcement.NOTHING) {
        int behind = enforcement.nextBehind(from);
        enforcement.catchUp(behind, behind + 1);
        assertEquals(SlotAccess.WRITABLE, access(behind));
      } else {
        assign(from, to, PERMISSIONS.get(random.nextInt(PERMISSIONS.size())));
        boolean quiet = enforcement.needsQuiet(from, to);
        int before = changes;
        enforcement.follow(from, to);
        assertTrue(quiet || changes == before, "changed without being quiet");
      }
      assertTrue(slots.size() <= reserve.reserved(), slots.size() + " slots");
      for (int page = 0; page < PAGES; page++) {
        boolean behind = enforcement.nextBehind(page) == page;
        assertEquals(behind ? SlotAccess.WRITABLE : access(page), database.at(page));
        assertTrue(!behind || access(page) == SlotAccess.READ_ONLY, "page " + page);
      }
    }
  }
}
