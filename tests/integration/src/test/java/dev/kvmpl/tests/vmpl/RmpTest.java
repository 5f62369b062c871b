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
        IllegalArgumentException.class,
        () -> rmp.assign(MIDDLE, Vmpl.VMPL0, PagePermissions.READ));
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
}
