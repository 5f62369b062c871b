// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.cpu;

import dev.kvmpl.bindings.kvm.kvm_nested_state;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * A vCPU's state as a hypervisor of its own: struct kvm_nested_state (api.rst 4.114, 4.115), to be
 * put aside and back as it is. {@link dev.kvmpl.kvm.VcpuExtras#nestedState()} makes one of the
 * right size.
 */
public final class NestedState {
  private final MemorySegment state;

  /**
   * Room for so many bytes.
   *
   * @param bytes what KVM_CAP_NESTED_STATE says, at least 128
   */
  public NestedState(int bytes) {
    state = Arena.ofAuto().allocate(bytes, kvm_nested_state.layout().byteAlignment());
    kvm_nested_state.size(state, bytes);
  }

  /** KVM_STATE_NESTED_...: in the guest's guest, and more. */
  public int flags() {
    return Short.toUnsignedInt(kvm_nested_state.flags(state));
  }

  /** KVM_STATE_NESTED_FORMAT_...: 0 for VMX, 1 for SVM. */
  public int format() {
    return Short.toUnsignedInt(kvm_nested_state.format(state));
  }

  /** How many bytes count. */
  public int size() {
    return kvm_nested_state.size(state);
  }

  /** A copy of the bytes that count. */
  public byte[] toByteArray() {
    return state.asSlice(0, size()).toArray(ValueLayout.JAVA_BYTE);
  }

  /** The struct itself. */
  public MemorySegment segment() {
    return state;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "format=%d flags=%#x, %d bytes", format(), flags(), size());
  }
}
