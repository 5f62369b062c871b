// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

/**
 * What CPUID tells guests: what this host can virtualise, but for what writes their memory without
 * a store of theirs. That is KVM's paravirtual interface; SVM and VMX, because KVM keeps the
 * guests' guests in their memory; and what records there: DS with PEBS and BTS, Processor Trace.
 * SGX goes with them. Bits: AMD manual volume 3, appendix E; Intel manual volume 2A, CPUID.
 */
public final class GuestCpuid {
  private static final int FEATURES = 1;
  private static final int FEATURES_ECX_DTES64 = 1 << 2;
  private static final int FEATURES_ECX_DS_CPL = 1 << 4;
  private static final int FEATURES_ECX_VMX = 1 << 5;
  private static final int FEATURES_ECX_SMX = 1 << 6;
  private static final int FEATURES_ECX_PDCM = 1 << 15; // says whether there is PEBS
  private static final int FEATURES_EDX_DS = 1 << 21;

  private static final int STRUCTURED_FEATURES = 7;
  private static final int STRUCTURED_EBX_SGX = 1 << 2;
  private static final int STRUCTURED_EBX_PT = 1 << 25;
  private static final int STRUCTURED_ECX_SGX_LC = 1 << 30;

  private static final int SGX = 0x12;
  private static final int PROCESSOR_TRACE = 0x14;

  private static final int EXTENDED_FEATURES = 0x80000001;
  private static final int EXTENDED_ECX_SVM = 1 << 2;
  private static final int EXTENDED_ECX_SKINIT = 1 << 12;
  private static final int SVM = 0x8000000a;

  /** The hypervisor's leaves. The first says which is the last, and whose they are: nobody's. */
  private static final int HYPERVISOR = 0x40000000;

  private static final int HYPERVISOR_LAST = 0x4fffffff;

  private GuestCpuid() {}

  /** The table without all that. */
  public static CpuidTable of(CpuidTable supported) {
    return supported.map(GuestCpuid::hide);
  }

  private static CpuidEntry hide(CpuidEntry entry) {
    int function = entry.function();
    if (function >= HYPERVISOR && function <= HYPERVISOR_LAST) {
      return entry.without(-1, -1, -1, -1).withEax(function == HYPERVISOR ? HYPERVISOR : 0);
    }
    return switch (function) {
      case FEATURES ->
          entry.without(
              0,
              0,
              FEATURES_ECX_DTES64
                  | FEATURES_ECX_DS_CPL
                  | FEATURES_ECX_VMX
                  | FEATURES_ECX_SMX
                  | FEATURES_ECX_PDCM,
              FEATURES_EDX_DS);
      case STRUCTURED_FEATURES ->
          entry.index() == 0
              ? entry.without(0, STRUCTURED_EBX_SGX | STRUCTURED_EBX_PT, STRUCTURED_ECX_SGX_LC, 0)
              : entry;
      case EXTENDED_FEATURES -> entry.without(0, 0, EXTENDED_ECX_SVM | EXTENDED_ECX_SKINIT, 0);
      case SGX, PROCESSOR_TRACE, SVM -> entry.without(-1, -1, -1, -1);
      default -> entry;
    };
  }
}
