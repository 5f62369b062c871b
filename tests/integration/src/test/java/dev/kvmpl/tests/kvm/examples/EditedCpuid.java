// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.cpu.CpuidEntry;
import dev.kvmpl.kvm.cpu.CpuidTable;

/** A CPU without a feature. */
final class EditedCpuid {
  private EditedCpuid() {}

  static void run(Kvm kvm, Vcpu vcpu) {
    // @start
    CpuidTable table = kvm.supportedCpuid();
    CpuidEntry features = table.find(1, 0).orElseThrow();
    int hypervisor = 1 << 31; // of ECX: whoever runs it is no CPU
    vcpu.cpuid(table.with(features.without(0, 0, hypervisor, 0)));
    // @end
  }
}
