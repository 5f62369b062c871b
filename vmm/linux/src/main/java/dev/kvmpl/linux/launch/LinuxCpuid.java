// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.launch;

import dev.kvmpl.kvm.cpu.CpuidEntry;
import dev.kvmpl.kvm.cpu.CpuidTable;
import dev.kvmpl.kvm.cpu.GuestCpuid;

/**
 * What CPUID tells Linux on one processor: what {@link GuestCpuid} leaves, which of several
 * processors this is, and that a hypervisor and the deadline timer are there. Bits: AMD manual
 * volume 3, appendix E; Intel manual volume 2A, CPUID.
 */
public final class LinuxCpuid {
  private static final int FEATURES = 1;
  private static final int FEATURES_EBX_OTHERS = 0xffff; // but for the APIC id and the count
  private static final int FEATURES_ECX_HYPERVISOR = 1 << 31;
  private static final int FEATURES_ECX_DEADLINE = 1 << 24;
  private static final int FEATURES_EDX_HTT = 1 << 28;
  private static final int TOPOLOGY = 0xb;
  private static final int TOPOLOGY_2 = 0x1f;
  private static final int TOPOLOGY_SMT = 0x100;
  private static final int TOPOLOGY_CORE = 0x201;
  private static final int CORE_SHIFT = 4;
  private static final int SIZES = 0x80000008;
  private static final int AMD_TOPOLOGY = 0x8000001e;

  private final int apicId;
  private final int processors;
  private final boolean deadline;

  private LinuxCpuid(int apicId, int processors, boolean deadline) {
    this.apicId = apicId;
    this.processors = processors;
    this.deadline = deadline;
  }

  /** The table of one of several processors. */
  public static CpuidTable of(CpuidTable supported, int apicId, int processors, boolean deadline) {
    return GuestCpuid.of(supported).map(new LinuxCpuid(apicId, processors, deadline)::edit);
  }

  private CpuidEntry edit(CpuidEntry entry) {
    return switch (entry.function()) {
      case FEATURES -> features(entry);
      case TOPOLOGY, TOPOLOGY_2 -> topology(entry);
      case SIZES -> entry.withEcx(processors - 1);
      case AMD_TOPOLOGY -> entry.withEax(apicId).withEbx(apicId).withEcx(0).withEdx(0);
      default -> entry;
    };
  }

  private CpuidEntry features(CpuidEntry entry) {
    int ebx = (entry.ebx() & FEATURES_EBX_OTHERS) | processors << 16 | apicId << 24;
    int ecx = entry.ecx() | FEATURES_ECX_HYPERVISOR | (deadline ? FEATURES_ECX_DEADLINE : 0);
    int edx = processors > 1 ? entry.edx() | FEATURES_EDX_HTT : entry.edx();
    return entry.withEbx(ebx).withEcx(ecx).withEdx(edx);
  }

  /** One thread a core, all cores in one package. */
  private CpuidEntry topology(CpuidEntry entry) {
    CpuidEntry here = entry.withEdx(apicId);
    return switch (entry.index()) {
      case 0 -> here.withEax(0).withEbx(1).withEcx(TOPOLOGY_SMT);
      case 1 -> here.withEax(CORE_SHIFT).withEbx(processors).withEcx(TOPOLOGY_CORE);
      default -> here.withEax(0).withEbx(0).withEcx(entry.index());
    };
  }
}
