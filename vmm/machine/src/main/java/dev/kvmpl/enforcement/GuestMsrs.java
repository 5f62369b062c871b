// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import dev.kvmpl.kvm.cpu.MsrRange;
import java.util.List;

/**
 * The MSRs that KVM serves: those of the architecture that hold a register and nothing else (AMD
 * manual volume 2, appendix A). All others are exits. So nothing that a KVM has beside them, or
 * will have, is within a guest's reach: many tell the host where in the guest's memory to write.
 */
public final class GuestMsrs {
  /** What KVM serves of MSRs. */
  public static final List<MsrRange> SERVED_BY_KVM =
      List.of(
          new MsrRange(0x10, 1), // TSC
          new MsrRange(0x3b, 1), // TSC_ADJUST
          new MsrRange(0x48, 2), // SPEC_CTRL, PRED_CMD
          new MsrRange(0x8b, 1), // PATCH_LEVEL
          new MsrRange(0xfe, 1), // MTRRcap
          new MsrRange(0x174, 3), // SYSENTER_CS, _ESP, _EIP
          new MsrRange(0x200, 0x100), // MTRRs, PAT
          new MsrRange(0xda0, 1), // XSS
          new MsrRange(0xc0000080, 5), // EFER, STAR, LSTAR, CSTAR, SFMASK
          new MsrRange(0xc0000100, 4)); // FS.base, GS.base, KernelGSbase, TSC_AUX

  private GuestMsrs() {}
}
