// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RmpTest {
  private static final int PAGES = 16;
  private static final PageRange MIDDLE = new PageRange(0x4000, 0x8000);

  @Test
  void newDatabase_givesVmpl0AllAndOthersNothing() {
    Rmp rmp = new Rmp(PAGES);

    assertEquals(
        List.of(new Rmp.Run(new PageRange(0, 0x10000), PagePermissions.ALL)),
        rmp.column(Vmpl.VMPL0));
    assertEquals(List.of(), rmp.column(Vmpl.VMPL1));
    assertEquals(List.of(), rmp.column(Vmpl.VMPL2));
    assertEquals(List.of(), rmp.column(Vmpl.VMPL3));
  }

  @Test
  void assignedRange_isARunOfThatLevelAlone() {
    Rmp rmp = new Rmp(PAGES);

    rmp.assign(MIDDLE, Vmpl.VMPL1, PagePermissions.READ);

    assertEquals(List.of(new Rmp.Run(MIDDLE, PagePermissions.READ)), rmp.column(Vmpl.VMPL1));
    assertEquals(List.of(), rmp.column(Vmpl.VMPL2));
  }

  @Test
  void permissionsOfVmpl0_cannotBeAssigned() {
    Rmp rmp = new Rmp(PAGES);

    assertThrows(
        IllegalArgumentException.class, () -> rmp.assign(MIDDLE, Vmpl.VMPL0, PagePermissions.READ));
  }

  @Test
  void rangeWithAllOfThePermissions_isAllowed() {
    Rmp rmp = new Rmp(PAGES);
    rmp.assign(MIDDLE, Vmpl.VMPL1, PagePermissions.READ | PagePermissions.WRITE);

    assertTrue(rmp.allows(0x4000, 0x4000, Vmpl.VMPL1, PagePermissions.WRITE));
    assertTrue(rmp.allows(0x7fff, 1, Vmpl.VMPL1, PagePermissions.READ | PagePermissions.WRITE));
  }

  @ParameterizedTest
  @CsvSource({
    "0x3fff, 1, 2, before the range",
    "0x3fff, 2, 2, its first byte before the range",
    "0x8000, 1, 2, after the range",
    "0x7fff, 2, 2, its last byte after the range",
    "0x4000, 8, 6, one of two permissions missing",
    "0x4000, 0, 2, no bytes",
    "0x4000, -1, 2, a negative length",
    "-1, 1, 2, a negative address",
    "0xfff8, 16, 1, across the end of memory",
    "0x10000, 1, 1, past the end of memory",
    "0x7fffffffffffffff, 0x7fffffffffffffff, 1, a sum that overflows"
  })
  void otherRange_isNotAllowed(String gpa, String length, int wanted, String why) {
    Rmp rmp = new Rmp(PAGES);
    rmp.assign(MIDDLE, Vmpl.VMPL1, PagePermissions.READ | PagePermissions.WRITE);
    rmp.assign(new PageRange(0xf000, 0x10000), Vmpl.VMPL1, PagePermissions.READ);

    assertFalse(rmp.allows(Long.decode(gpa), Long.decode(length), Vmpl.VMPL1, wanted), why);
  }

  private static final int LARGE_PAGES = 512;
  private static final PageRange LARGE = new PageRange(0, 0x200000);
  private static final PageRange PART = new PageRange(0x1000, 0x3000);

  @Test
  void newDatabase_isTheGuests_validated_inSmallEntries() {
    Rmp rmp = new Rmp(PAGES);

    for (int page = 0; page < PAGES; page++) {
      assertEquals(Rmp.Owner.GUEST, rmp.owner(page));
      assertTrue(rmp.isValidated(page));
      assertFalse(rmp.isVmsa(page));
      assertFalse(rmp.isLarge(page));
    }
  }

  @Test
  void largeEntries_areThere_onWhole2MiBAlone() {
    Rmp rmp = new Rmp(2 * LARGE_PAGES);

    rmp.useLargeEntries(LARGE);

    assertTrue(rmp.isLarge(0));
    assertTrue(rmp.isLarge(LARGE_PAGES - 1));
    assertFalse(rmp.isLarge(LARGE_PAGES));
    assertThrows(IllegalArgumentException.class, () -> rmp.useLargeEntries(PART));
  }

  @Test
  void largeEntry_ofPagesThatDiffer_isRefused() {
    Rmp rmp = new Rmp(LARGE_PAGES);
    rmp.assign(PART, Vmpl.VMPL1, PagePermissions.READ);

    assertThrows(IllegalArgumentException.class, () -> rmp.useLargeEntries(LARGE));
    assertFalse(rmp.isLarge(0));
  }

  @Test
  void partOfALargeEntry_cannotBeSetUp() {
    Rmp rmp = new Rmp(LARGE_PAGES);
    rmp.useLargeEntries(LARGE);

    assertThrows(
        IllegalArgumentException.class, () -> rmp.assign(PART, Vmpl.VMPL1, PagePermissions.READ));
    assertThrows(IllegalArgumentException.class, () -> rmp.update(PART, Rmp.Owner.HYPERVISOR));
  }

  @Test
  void splitEntry_keepsAllElse() {
    Rmp rmp = new Rmp(2 * LARGE_PAGES);
    rmp.assign(LARGE, Vmpl.VMPL2, PagePermissions.READ);
    rmp.useLargeEntries(new PageRange(0, 0x400000));

    rmp.smash(7);

    assertFalse(rmp.isLarge(0));
    assertFalse(rmp.isLarge(LARGE_PAGES - 1));
    assertTrue(rmp.isLarge(LARGE_PAGES));
    assertTrue(rmp.isValidated(7));
    assertEquals(PagePermissions.READ, rmp.permissions(7, Vmpl.VMPL2));
  }

  @Test
  void pageThatIsTheHypervisors_isNoPageForTheGuest() {
    Rmp rmp = new Rmp(PAGES);

    rmp.update(MIDDLE, Rmp.Owner.HYPERVISOR);

    assertEquals(Rmp.Owner.HYPERVISOR, rmp.owner(4));
    assertFalse(rmp.allows(0x4000, 1, Vmpl.VMPL0, PagePermissions.READ));
    assertEquals(1, rmp.adjust(Vmpl.VMPL0, 0x4000, 0, 1)); // FAIL_INPUT
    assertEquals(1, rmp.query(Vmpl.VMPL0, 0x4000, 1));
    assertEquals(1, rmp.validate(Vmpl.VMPL0, 0x4000, 0, 1));
  }

  @Test
  void pageThatIsGivenToTheGuest_hasToBeValidated_andIsVmpl0s() {
    Rmp rmp = new Rmp(PAGES);
    rmp.assign(MIDDLE, Vmpl.VMPL1, PagePermissions.ALL);

    rmp.update(MIDDLE, Rmp.Owner.GUEST);

    assertFalse(rmp.allows(0x4000, 1, Vmpl.VMPL0, PagePermissions.READ));
    assertEquals(0, rmp.validate(Vmpl.VMPL0, 0x4000, 0, 1));
    assertEquals(PagePermissions.ALL, rmp.access(4, Vmpl.VMPL0));
    assertEquals(PagePermissions.NONE, rmp.access(4, Vmpl.VMPL1));
    assertEquals(PagePermissions.NONE, rmp.access(5, Vmpl.VMPL0));
  }
}
