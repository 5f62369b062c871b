// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import org.junit.jupiter.api.Test;

/**
 * The operands of RMPADJUST, RMPQUERY and PVALIDATE, and their results, against the AMD manual,
 * volume 3, written out here.
 */
class RmpEncodingTest {
  @Test
  void permissions_areBits8To11OfTheOperand() {
    assertEquals(1 << 8, Abi.RMP_READ() << Abi.RMP_PERMISSIONS_SHIFT());
    assertEquals(1 << 9, Abi.RMP_WRITE() << Abi.RMP_PERMISSIONS_SHIFT());
    assertEquals(1 << 10, Abi.RMP_EXECUTE_USER() << Abi.RMP_PERMISSIONS_SHIFT());
    assertEquals(1 << 11, Abi.RMP_EXECUTE_SUPERVISOR() << Abi.RMP_PERMISSIONS_SHIFT());
    assertEquals(1 << 16, Abi.RMP_VMSA());
  }

  @Test
  void sizes_haveTheirPublishedNumbers() {
    assertEquals(0, Abi.RMP_PAGE_SIZE_4K());
    assertEquals(1, Abi.RMP_PAGE_SIZE_2M());
  }

  @Test
  void exceptions_haveTheirPublishedNumbers() {
    assertEquals(13, Abi.VECTOR_GP());
    assertEquals(29, Abi.VECTOR_VC());
    assertEquals(0x404, Abi.VC_PAGE_NOT_VALIDATED());
  }

  @Test
  void validation_isBit0OfTheOperand() {
    assertEquals(1, Abi.RMP_VALIDATE());
  }

  @Test
  void results_haveTheirPublishedNumbers() {
    assertEquals(0, Abi.RMP_OK());
    assertEquals(1, Abi.RMP_FAIL_INPUT());
    assertEquals(2, Abi.RMP_FAIL_PERMISSION());
    assertEquals(6, Abi.RMP_FAIL_SIZEMISMATCH());
  }
}
