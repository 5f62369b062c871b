// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_XSAVE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_XSAVE2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_XSAVE;

import dev.kvmpl.bindings.kvm.kvm_xsave;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * A vCPU's extended state as XSAVE's standard format has it (struct kvm_xsave; api.rst 4.42, 4.43,
 * 4.134), for the components that XCR0 can turn on. Where each is, CPUID leaf 0xd says. {@link
 * dev.kvmpl.kvm.Vcpu#xsave} makes one of the right size.
 */
public final class Xsave extends VcpuState {
  /** The least that it has. */
  public static final int MIN_BYTES = 4096;

  private static final long MXCSR = 24; // AMD manual volume 2, figure 11-9
  private static final long STATE_COMPONENTS = 512; // XSTATE_BV, first of the header

  private Xsave(long bytes, long getRequest) {
    super(
        bytes > MIN_BYTES ? "XSAVE2" : "XSAVE",
        getRequest,
        KVM_SET_XSAVE(),
        Arena.ofAuto().allocate(bytes, kvm_xsave.layout().byteAlignment()));
  }

  /**
   * Room for so many bytes.
   *
   * @param bytes what KVM_CAP_XSAVE2 says, or less where it is not known
   */
  public static Xsave of(long bytes) {
    return bytes > MIN_BYTES
        ? new Xsave(bytes, KVM_GET_XSAVE2())
        : new Xsave(MIN_BYTES, KVM_GET_XSAVE());
  }

  /** Bytes. */
  public long size() {
    return segment().byteSize();
  }

  /** XSTATE_BV: which components are not in their initial state. */
  public long components() {
    return segment().get(ValueLayout.JAVA_LONG, STATE_COMPONENTS);
  }

  public void components(long value) {
    segment().set(ValueLayout.JAVA_LONG, STATE_COMPONENTS, value);
  }

  /** SSE control and status; counts if component 1 does. */
  public int mxcsr() {
    return getInt(MXCSR);
  }

  public void mxcsr(int value) {
    putInt(MXCSR, value);
  }

  /** Four bytes, little-endian, at an offset that is a multiple of 4. */
  public int getInt(long offset) {
    return segment().get(ValueLayout.JAVA_INT, offset);
  }

  public void putInt(long offset, int value) {
    segment().set(ValueLayout.JAVA_INT, offset, value);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d bytes, components %#x", size(), components());
  }
}
