// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.kvm.Kvm;

/** Kinds of VMs; KVM_CAP_VM_TYPES has a bit for each that the host can make (api.rst 4.2). */
public enum VmType {
  DEFAULT(Kvm.KVM_X86_DEFAULT_VM()),
  /** With private memory that only software protects; for trying things out. */
  SW_PROTECTED(Kvm.KVM_X86_SW_PROTECTED_VM()),
  SEV(Kvm.KVM_X86_SEV_VM()),
  SEV_ES(Kvm.KVM_X86_SEV_ES_VM()),
  SNP(Kvm.KVM_X86_SNP_VM());

  private final int number;

  VmType(int number) {
    this.number = number;
  }

  /** KVM_X86_..._VM's number. */
  public int number() {
    return number;
  }
}
