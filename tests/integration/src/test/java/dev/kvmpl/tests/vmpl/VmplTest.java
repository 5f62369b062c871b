// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class VmplTest {
  @ParameterizedTest
  @EnumSource
  void level_isFoundByItsNumber(Vmpl level) {
    assertEquals(level, Vmpl.of(level.number()));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 4, 255})
  void otherNumber_isRefusedAndTheRangeNamed(int number) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Vmpl.of(number));

    assertEquals("VMPL " + number + ", allowed are 0 to 3", e.getMessage());
  }

  @Test
  void level_isAboveThoseWithGreaterNumbersOnly() {
    assertTrue(Vmpl.VMPL0.above(Vmpl.VMPL1));
    assertFalse(Vmpl.VMPL1.above(Vmpl.VMPL1));
    assertFalse(Vmpl.VMPL2.above(Vmpl.VMPL1));
  }
}
