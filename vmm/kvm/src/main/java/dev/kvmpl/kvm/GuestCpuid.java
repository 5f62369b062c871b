// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_SUPPORTED_CPUID;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_cpuid_entry2;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * What CPUID tells guests: what this host can virtualise, but for what writes their memory without
 * a store of theirs. That is KVM's paravirtual interface; SVM and VMX, because KVM keeps the
 * guests' guests in their memory; and what records there: DS with PEBS and BTS, Processor Trace.
 * SGX goes with them. Bits: AMD manual volume 3, appendix E; Intel manual volume 2A, CPUID.
 */
final class GuestCpuid {
  /** Room for struct kvm_cpuid2 with this many entries; hosts have about 50. */
  private static final int ENTRIES = 256;

  private static final int HEADER_BYTES = 8;

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

  /** Struct kvm_cpuid2, from KVM_GET_SUPPORTED_CPUID (api.rst 4.46). */
  static MemorySegment of(FileDescriptor kvm, Arena arena) {
    MemorySegment cpuid =
        arena.allocate(HEADER_BYTES + ENTRIES * kvm_cpuid_entry2.sizeof(), Long.BYTES);
    cpuid.set(JAVA_INT, 0, ENTRIES);
    check(
        Syscalls.ioctl(kvm.number(), KVM_GET_SUPPORTED_CPUID(), cpuid),
        "KVM_GET_SUPPORTED_CPUID",
        ENTRIES + " entries");
    MemorySegment entries = cpuid.asSlice(HEADER_BYTES);
    for (int i = 0; i < cpuid.get(JAVA_INT, 0); i++) {
      hide(kvm_cpuid_entry2.asSlice(entries, i));
    }
    return cpuid;
  }

  private static void hide(MemorySegment entry) {
    int function = kvm_cpuid_entry2.function(entry);
    if (function >= HYPERVISOR && function <= HYPERVISOR_LAST) {
      clear(entry, -1, -1, -1, -1);
      kvm_cpuid_entry2.eax(entry, function == HYPERVISOR ? HYPERVISOR : 0);
      return;
    }
    switch (function) {
      case FEATURES ->
          clear(
              entry,
              0,
              0,
              FEATURES_ECX_DTES64
                  | FEATURES_ECX_DS_CPL
                  | FEATURES_ECX_VMX
                  | FEATURES_ECX_SMX
                  | FEATURES_ECX_PDCM,
              FEATURES_EDX_DS);
      case STRUCTURED_FEATURES -> {
        if (kvm_cpuid_entry2.index(entry) == 0) {
          clear(entry, 0, STRUCTURED_EBX_SGX | STRUCTURED_EBX_PT, STRUCTURED_ECX_SGX_LC, 0);
        }
      }
      case EXTENDED_FEATURES -> clear(entry, 0, 0, EXTENDED_ECX_SVM | EXTENDED_ECX_SKINIT, 0);
      case SGX, PROCESSOR_TRACE, SVM -> clear(entry, -1, -1, -1, -1);
      default -> {}
    }
  }

  private static void clear(MemorySegment entry, int eax, int ebx, int ecx, int edx) {
    kvm_cpuid_entry2.eax(entry, kvm_cpuid_entry2.eax(entry) & ~eax);
    kvm_cpuid_entry2.ebx(entry, kvm_cpuid_entry2.ebx(entry) & ~ebx);
    kvm_cpuid_entry2.ecx(entry, kvm_cpuid_entry2.ecx(entry) & ~ecx);
    kvm_cpuid_entry2.edx(entry, kvm_cpuid_entry2.edx(entry) & ~edx);
  }
}
