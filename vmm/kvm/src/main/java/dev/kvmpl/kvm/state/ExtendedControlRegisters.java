// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_XCRS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_XCRS;

import dev.kvmpl.bindings.kvm.kvm_xcr;
import dev.kvmpl.bindings.kvm.kvm_xcrs;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.NoSuchElementException;

/** A vCPU's XCRs: struct kvm_xcrs (api.rst 4.44, 4.45). KVM has one, XCR0. */
public final class ExtendedControlRegisters extends VcpuState {
  private static final int MAX = 16;

  /** None. */
  public ExtendedControlRegisters() {
    super("XCRS", KVM_GET_XCRS(), KVM_SET_XCRS(), allocate(kvm_xcrs.layout()));
  }

  /** How many there are. */
  public int count() {
    return kvm_xcrs.nr_xcrs(segment());
  }

  /**
   * A register's value.
   *
   * @throws NoSuchElementException if KVM has not said it
   */
  public long get(int number) {
    for (int i = 0; i < Math.min(count(), MAX); i++) {
      MemorySegment xcr = kvm_xcrs.xcrs(segment(), i);
      if (kvm_xcr.xcr(xcr) == number) {
        return kvm_xcr.value(xcr);
      }
    }
    throw new NoSuchElementException("XCR" + number);
  }

  /** Changes a register, or adds it: 16 at most. */
  public void put(int number, long value) {
    int at = 0;
    while (at < count() && kvm_xcr.xcr(kvm_xcrs.xcrs(segment(), at)) != number) {
      at++;
    }
    MemorySegment xcr = kvm_xcrs.xcrs(segment(), at);
    kvm_xcr.xcr(xcr, number);
    kvm_xcr.value(xcr, value);
    kvm_xcrs.nr_xcrs(segment(), Math.max(count(), at + 1));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(count(), MAX); i++) {
      MemorySegment xcr = kvm_xcrs.xcrs(segment(), i);
      text.append(i == 0 ? "" : " ")
          .append(String.format(Locale.ROOT, "xcr%d=%#x", kvm_xcr.xcr(xcr), kvm_xcr.value(xcr)));
    }
    return text.toString();
  }
}
