// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.protocol.GhcbMsr;
import org.junit.jupiter.api.Test;

/**
 * Encodings against the numbers that AMD has published (56421, sections 2.3.1 and 4.1), written out
 * here: code for SNP has them built in.
 */
class GhcbMsrTest {
  @Test
  void msr_hasItsPublishedNumber() {
    assertEquals(0xc0010130, GhcbMsr.INDEX);
  }

  @Test
  void requests_haveTheirPublishedNumbers() {
    assertEquals(0x001, Abi.GHCB_MSR_SEV_INFO_RESPONSE());
    assertEquals(0x002, Abi.GHCB_MSR_SEV_INFO_REQUEST());
    assertEquals(0x012, Abi.GHCB_MSR_REGISTER_GPA_REQUEST());
    assertEquals(0x013, Abi.GHCB_MSR_REGISTER_GPA_RESPONSE());
    assertEquals(0x016, Abi.GHCB_MSR_RUN_VMPL_REQUEST());
    assertEquals(0x017, Abi.GHCB_MSR_RUN_VMPL_RESPONSE());
    assertEquals(0x100, Abi.GHCB_MSR_TERMINATE_REQUEST());
  }

  @Test
  void events_haveTheirPublishedNumbers() {
    assertEquals(0x400, Abi.GHCB_NAE_NPF());
    assertEquals(0x80000013, Abi.GHCB_NAE_SNP_AP_CREATION());
    assertEquals(0x80000015, Abi.GHCB_NAE_HV_IPI());
    assertEquals(0x80000018, Abi.GHCB_NAE_SNP_RUN_VMPL());
  }

  @Test
  void request_isInTheLowTwelveBits() {
    assertEquals(0x016, GhcbMsr.info(0xffff_ffff_ffff_f016L));
  }

  @Test
  void address_isAllButTheLowTwelveBits() {
    assertEquals(0xffff_ffff_ffff_f000L, GhcbMsr.gpa(0xffff_ffff_ffff_f012L));
  }

  @Test
  void levelToRun_isInBits39To32() {
    assertEquals(1, GhcbMsr.runVmpl(0x0000_0001_0000_0016L));
    assertEquals(0xff, GhcbMsr.runVmpl(0xabcd_efff_ffff_f016L));
    assertEquals(0, GhcbMsr.runVmpl(0xabcd_ef00_ffff_f016L));
  }

  @Test
  void runVmplAnswer_isZeroAboveForSuccess() {
    assertEquals(0x0000_0000_0000_0017L, GhcbMsr.runVmplAnswer(true));
    assertEquals(0x0000_0001_0000_0017L, GhcbMsr.runVmplAnswer(false));
  }

  @Test
  void registerAnswer_isTheAddressOrAllOnes() {
    assertEquals(0x0000_0000_0000_4013L, GhcbMsr.registerAnswer(0x4000, true));
    assertEquals(0xffff_ffff_ffff_f013L, GhcbMsr.registerAnswer(0x4000, false));
  }

  @Test
  void informationAnswer_hasTheVersionsAndNoEncryptionBit() {
    assertEquals(0x0002_0001_0000_0001L, GhcbMsr.sevInfoAnswer());
  }

  @Test
  void termination_hasSetInBits15To12AndReasonInBits23To16() {
    assertEquals(0x4, GhcbMsr.terminationSet(0x0000_0000_0001_4100L));
    assertEquals(0x1, GhcbMsr.terminationReason(0x0000_0000_0001_4100L));
    assertEquals(0xa, GhcbMsr.terminationSet(0xffff_ffff_ff5b_a100L));
    assertEquals(0x5b, GhcbMsr.terminationReason(0xffff_ffff_ff5b_a100L));
  }
}
