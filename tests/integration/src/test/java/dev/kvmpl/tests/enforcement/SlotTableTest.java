// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.enforcement.PageAccess;
import dev.kvmpl.enforcement.SlotAccess;
import dev.kvmpl.enforcement.SlotSink;
import dev.kvmpl.enforcement.SlotTable;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.tests.enforcement.RecordedSlots.Slot;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Seeds are fixed, so that a failure comes again. */
@Tag("exhaustive")
class SlotTableTest {
  private static final int PAGES = 64;
  private static final int CHANGES = 2000;
  private static final Vmpl LEVEL = Vmpl.VMPL1;

  /** Half of the sets give a writable slot, so that neighbours merge often. */
  private static final int[] PERMISSIONS = {
    PagePermissions.NONE,
    PagePermissions.READ,
    PagePermissions.READ_EXECUTE,
    PagePermissions.WRITE,
    PagePermissions.ALL,
    PagePermissions.READ | PagePermissions.WRITE
  };

  private final Rmp rmp = new Rmp(PAGES);
  private final SlotTable table = new SlotTable(PAGES);
  private final RecordedSlots slots = new RecordedSlots();

  private void assign(int from, int to, int permissions) {
    rmp.assign(
        new PageRange((long) from * PageRange.PAGE_SIZE, (long) to * PageRange.PAGE_SIZE),
        LEVEL,
        permissions);
  }

  private void change(int from, int to, int permissions) {
    assign(from, to, permissions);
    table.follow(PageAccess.of(rmp, LEVEL), from, to, slots);
  }

  private static int anyPermissions(Random random) {
    return PERMISSIONS[random.nextInt(PERMISSIONS.length)];
  }

  private SlotAccess accessOf(int page) {
    return SlotAccess.of(rmp.access(page, LEVEL));
  }

  /** Slots whose pages have all changed nothing. */
  private static Set<Slot> away(Set<Slot> slots, int from, int to) {
    return slots.stream()
        .filter(slot -> slot.firstPage() > to || slot.firstPage() + slot.pages() < from)
        .collect(Collectors.toSet());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void slotsAfterEachChangeOfAPage_areWhatTheColumnSays_andTheOthersUntouched(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < CHANGES; i++) {
      Set<Slot> before = slots.slots();
      int page = random.nextInt(PAGES);
      SlotAccess accessBefore = accessOf(page);

      change(page, page + 1, anyPermissions(random));

      assertEquals(RecordedSlots.plan(rmp, LEVEL), slots.joined());
      assertEquals(slots.slots().size(), table.size());
      assertEquals(away(before, page, page + 1), away(slots.slots(), page, page + 1));
      int operations = slots.takeDeletions() + slots.takeCreations();
      assertEquals(accessOf(page) == accessBefore, operations == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
  void slotsAfterEachChangeOfARange_areWhatTheColumnSays(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < CHANGES; i++) {
      int from = random.nextInt(PAGES);
      int to = from + 1 + random.nextInt(PAGES - from);

      change(from, to, anyPermissions(random));

      assertEquals(RecordedSlots.plan(rmp, LEVEL), slots.joined());
      assertEquals(slots.slots().size(), table.size());
    }
  }

  /** However pages have been opened and closed: once all are as at launch, so are the slots. */
  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43, 44})
  void slotsOfPagesThatAreClosedAgain_areAsFewAsThereCanBe(long seed) {
    Random random = new Random(seed);
    change(0, PAGES, PagePermissions.READ);
    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < PAGES; i++) {
        int page = random.nextInt(PAGES);
        change(page, page + 1, anyPermissions(random));
      }
      List<Integer> pages = new ArrayList<>(IntStream.range(0, PAGES).boxed().toList());
      Collections.shuffle(pages, random);
      pages.forEach(page -> change(page, page + 1, PagePermissions.NONE));

      assertEquals(Set.of(), slots.slots());
      change(0, PAGES, PagePermissions.READ);
      assertEquals(Set.of(new Slot(0, PAGES, true)), slots.slots());
    }
  }

  @Test
  void pageBesideAnOpenOne_takesADeletionAndTwoCreations_andLeavesTheOpenOne() {
    change(8, 16, PagePermissions.READ);
    change(10, 11, PagePermissions.ALL);
    slots.takeDeletions();
    slots.takeCreations();

    change(11, 12, PagePermissions.ALL);

    assertEquals(
        Set.of(
            new Slot(8, 2, true),
            new Slot(10, 1, false),
            new Slot(11, 1, false),
            new Slot(12, 4, true)),
        slots.slots());
    assertEquals(1, slots.takeDeletions());
    assertEquals(2, slots.takeCreations());
  }

  @Test
  void pageWithASlotOfItsOwn_takesADeletionAndACreation() {
    change(8, 9, PagePermissions.READ);
    slots.takeCreations();

    change(8, 9, PagePermissions.ALL);

    assertEquals(1, slots.takeDeletions());
    assertEquals(1, slots.takeCreations());
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void changeOfAPage_takesAtMostFourOperations(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < CHANGES; i++) {
      int page = random.nextInt(PAGES);

      change(page, page + 1, anyPermissions(random));

      int operations = slots.takeDeletions() + slots.takeCreations();
      assertTrue(operations <= 4, () -> operations + " operations");
    }
  }

  @Test
  void slotNumbers_areUsedAgain() {
    Random random = new Random(31);
    for (int i = 0; i < CHANGES; i++) {
      int page = random.nextInt(PAGES);
      change(page, page + 1, anyPermissions(random));
    }

    assertTrue(slots.highestNumber() < PAGES, () -> "slot " + slots.highestNumber());
  }

  @Test
  void followingWithoutAChange_doesNothing() {
    change(8, 16, PagePermissions.READ);
    slots.takeCreations();

    table.follow(PageAccess.of(rmp, LEVEL), 0, PAGES, slots);

    assertEquals(0, slots.takeDeletions());
    assertEquals(0, slots.takeCreations());
  }

  @Test
  void grantInsideAReadOnlyRun_splitsItIntoThree() {
    change(8, 16, PagePermissions.READ);

    change(12, 13, PagePermissions.ALL);

    assertEquals(
        Set.of(new Slot(8, 4, true), new Slot(12, 1, false), new Slot(13, 3, true)), slots.slots());
  }

  @Test
  void columnsOfOtherLevels_doNotMatter() {
    change(8, 16, PagePermissions.READ);
    rmp.assign(new PageRange(0, 0x20000), Vmpl.VMPL2, PagePermissions.ALL);

    table.follow(PageAccess.of(rmp, LEVEL), 0, PAGES, slots);

    assertEquals(Set.of(new Slot(8, 8, true)), slots.slots());
  }

  @Test
  void columnThatAllowsNothing_needsNoSlot() {
    change(0, 4, PagePermissions.READ);
    change(8, 16, PagePermissions.ALL);

    change(0, PAGES, PagePermissions.NONE);

    assertEquals(Set.of(), slots.slots());
    assertEquals(0, table.size());
  }

  /** Fails at one operation, as KVM may: that one has changed nothing. */
  private static final class FailingSlots implements SlotSink {
    private final SlotSink slots;
    private int left;

    FailingSlots(SlotSink slots, int left) {
      this.slots = slots;
      this.left = left;
    }

    private void operate() {
      if (left-- == 0) {
        throw new IllegalStateException("refused");
      }
    }

    @Override
    public void delete(int slot) {
      operate();
      slots.delete(slot);
    }

    @Override
    public void create(int slot, int firstPage, int pages, boolean readOnly) {
      operate();
      slots.create(slot, firstPage, pages, readOnly);
    }
  }

  private void assertTableIsTrue() {
    assertEquals(slots.slots().size(), table.size());
    // RecordedSlots refuses to delete what is not there.
    table.follow(PageAccess.of(new Rmp(PAGES), LEVEL), 0, PAGES, slots);
    assertEquals(Set.of(), slots.slots());
    assertEquals(0, table.size());
  }

  /** Each operation of a change of the whole memory fails once. */
  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24})
  void sinkThatFailsInTheMiddle_leavesATableOfWhatIsThere(long seed) {
    Random random = new Random(seed);
    boolean refused = true;
    for (int operations = 0; refused; operations++) {
      for (int page = 0; page < PAGES; page++) {
        change(page, page + 1, anyPermissions(random));
      }
      for (int page = 0; page < PAGES; page++) {
        assign(page, page + 1, anyPermissions(random));
      }
      refused = false;
      try {
        table.follow(PageAccess.of(rmp, LEVEL), 0, PAGES, new FailingSlots(slots, operations));
      } catch (IllegalStateException e) {
        refused = true;
      }
      assertTableIsTrue();
      table.follow(PageAccess.of(rmp, LEVEL), 0, PAGES, slots);
      assertEquals(RecordedSlots.plan(rmp, LEVEL), slots.joined());
    }
    assertTrue(slots.highestNumber() < PAGES, "numbers are used again");
  }
}
