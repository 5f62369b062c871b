// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_SREGS2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_SREGS2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SREGS2_FLAGS_PDPTRS_VALID;

import dev.kvmpl.bindings.kvm.kvm_sregs2;

/**
 * Special registers with the four page-directory pointers of PAE paging, without the pending
 * interrupt: struct kvm_sregs2 (api.rst 4.132, 4.133; KVM_CAP_SREGS2).
 */
public final class SpecialRegisters2 extends SystemRegisters {
  /** All 0, which KVM does not take: get them first. */
  public SpecialRegisters2() {
    super("SREGS2", KVM_GET_SREGS2(), KVM_SET_SREGS2(), allocate(kvm_sregs2.layout()));
  }

  /** Whether the {@link #pdptr pointers} count, as in PAE paging they do. */
  public boolean hasPdptrs() {
    return (kvm_sregs2.flags(segment()) & KVM_SREGS2_FLAGS_PDPTRS_VALID()) != 0;
  }

  public void hasPdptrs(boolean has) {
    kvm_sregs2.flags(segment(), has ? KVM_SREGS2_FLAGS_PDPTRS_VALID() : 0);
  }

  /**
   * A page-directory pointer.
   *
   * @param index 0 to 3
   */
  public long pdptr(int index) {
    return kvm_sregs2.pdptrs(segment(), index);
  }

  public void pdptr(int index, long value) {
    kvm_sregs2.pdptrs(segment(), index, value);
  }
}
