// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.enforcement;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.enforcement.SlotAccess;
import dev.kvmpl.vmpl.PagePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SlotAccessTest {
  /** Execute permissions in every combination; no slot can express them. */
  private static final int[] EXECUTE = {0x0, 0x4, 0x8, 0xc};

  @Test
  void readAndWrite_isAWritableSlot() {
    for (int execute : EXECUTE) {
      assertEquals(SlotAccess.WRITABLE, SlotAccess.of(execute | 0x3));
    }
  }

  @Test
  void readAlone_isAReadOnlySlot() {
    for (int execute : EXECUTE) {
      assertEquals(SlotAccess.READ_ONLY, SlotAccess.of(execute | 0x1));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0, 0x2})
  void nothing_orWriteWithoutRead_isNoSlot(int permissions) {
    for (int execute : EXECUTE) {
      assertEquals(SlotAccess.ABSENT, SlotAccess.of(execute | permissions));
    }
  }

  @Test
  void permissions_areShownByLetter() {
    assertEquals("----", PagePermissions.toString(PagePermissions.NONE));
    assertEquals("r-us", PagePermissions.toString(PagePermissions.READ_EXECUTE));
    assertEquals("rwus", PagePermissions.toString(PagePermissions.ALL));
  }
}
