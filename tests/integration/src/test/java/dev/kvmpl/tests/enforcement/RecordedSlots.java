// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.kvmpl.enforcement.SlotAccess;
import dev.kvmpl.enforcement.SlotSink;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Slots as KVM would have them: it refuses to delete what is not there, and any overlap. */
public final class RecordedSlots implements SlotSink {
  /** A slot, without its number. */
  public record Slot(int firstPage, int pages, boolean readOnly) implements Comparable<Slot> {
    @Override
    public int compareTo(Slot other) {
      return Integer.compare(firstPage, other.firstPage);
    }

    boolean goesOnWith(Slot next) {
      return firstPage + pages == next.firstPage && readOnly == next.readOnly;
    }

    boolean overlaps(Slot other) {
      return firstPage < other.firstPage + other.pages && other.firstPage < firstPage + pages;
    }
  }

  private final Map<Integer, Slot> slots = new HashMap<>();
  private int deletions;
  private int creations;
  private int highestNumber = -1;

  @Override
  public void delete(int slot) {
    assertNotNull(slots.remove(slot), () -> "slot " + slot + " is not there");
    deletions++;
  }

  @Override
  public void create(int slot, int firstPage, int pages, boolean readOnly) {
    Slot created = new Slot(firstPage, pages, readOnly);
    slots.values().forEach(other -> assertEquals(false, other.overlaps(created), "overlap"));
    assertNull(slots.put(slot, created), () -> "slot " + slot + " is there already");
    creations++;
    highestNumber = Math.max(highestNumber, slot);
  }

  public Set<Slot> slots() {
    return new HashSet<>(slots.values());
  }

  /** What a guest makes of them: neighbours for the same access are as one. */
  public Set<Slot> joined() {
    Set<Slot> joined = new HashSet<>();
    Slot last = null;
    for (Slot slot : new TreeSet<>(slots.values())) {
      if (last != null && last.goesOnWith(slot)) {
        joined.remove(last);
        last = new Slot(last.firstPage, last.pages + slot.pages, last.readOnly);
      } else {
        last = slot;
      }
      joined.add(last);
    }
    return joined;
  }

  /** Deletions since the last call. */
  int takeDeletions() {
    int taken = deletions;
    deletions = 0;
    return taken;
  }

  /** Creations since the last call. */
  int takeCreations() {
    int taken = creations;
    creations = 0;
    return taken;
  }

  int highestNumber() {
    return highestNumber;
  }

  /** The fewest slots that express a level's column, from nothing but the column. */
  public static Set<Slot> plan(Rmp rmp, Vmpl level) {
    List<SlotAccess> pages = new ArrayList<>();
    for (int page = 0; page < rmp.pages(); page++) {
      pages.add(SlotAccess.of(rmp.isValidated(page) ? rmp.permissions(page, level) : 0));
    }
    Set<Slot> plan = new HashSet<>();
    int first = 0;
    while (first < pages.size()) {
      SlotAccess access = pages.get(first);
      int end = first;
      while (end < pages.size() && pages.get(end) == access) {
        end++;
      }
      if (access != SlotAccess.ABSENT) {
        plan.add(new Slot(first, end - first, access == SlotAccess.READ_ONLY));
      }
      first = end;
    }
    return plan;
  }
}
