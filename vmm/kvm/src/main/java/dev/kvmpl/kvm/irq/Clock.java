// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_CLOCK;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_CLOCK;

import dev.kvmpl.bindings.kvm.kvm_clock_data;
import dev.kvmpl.kvm.fd.VmState;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** A VM's paravirtual clock: struct kvm_clock_data (api.rst 4.29, 4.30). */
public final class Clock extends VmState {
  private final MemorySegment data = segment();

  /** At 0. */
  public Clock() {
    super("CLOCK", KVM_GET_CLOCK(), KVM_SET_CLOCK(), allocate(kvm_clock_data.layout()));
  }

  /** Since the VM was made, or as it was set. */
  public long nanoseconds() {
    return kvm_clock_data.clock(data);
  }

  public void nanoseconds(long value) {
    kvm_clock_data.clock(data, value);
  }

  /**
   * KVM_CLOCK_...: which of the others count, and whether the TSC is stable. To set it they have to
   * be 0, or KVM_CLOCK_REALTIME.
   */
  public int flags() {
    return kvm_clock_data.flags(data);
  }

  public void flags(int value) {
    kvm_clock_data.flags(data, value);
  }

  /** The host's CLOCK_REALTIME when it was got, in ns (KVM_CLOCK_REALTIME). */
  public long realtime() {
    return kvm_clock_data.realtime(data);
  }

  public void realtime(long value) {
    kvm_clock_data.realtime(data, value);
  }

  /** The host's TSC when it was got (KVM_CLOCK_HOST_TSC). */
  public long hostTsc() {
    return kvm_clock_data.host_tsc(data);
  }

  public void hostTsc(long value) {
    kvm_clock_data.host_tsc(data, value);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%d ns, flags=%#x", nanoseconds(), flags());
  }
}
