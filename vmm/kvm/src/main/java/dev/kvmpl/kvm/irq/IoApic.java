// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_IRQCHIP;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_IRQCHIP_IOAPIC;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_IRQCHIP;

import dev.kvmpl.bindings.kvm.kvm_ioapic_state;
import dev.kvmpl.bindings.kvm.kvm_irqchip;
import dev.kvmpl.kvm.fd.VmState;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** The I/O APIC: struct kvm_ioapic_state (api.rst 4.26, 4.27). */
public final class IoApic extends VmState {
  /** How many pins it has. */
  public static final int PINS = 24;

  /** In an {@link #entry}: the pin is kept from the CPUs. */
  public static final long MASKED = 1 << 16;

  /** In an {@link #entry}: it is triggered by level. */
  public static final long LEVEL_TRIGGERED = 1 << 15;

  private final MemorySegment ioapic = kvm_irqchip.chip.ioapic(kvm_irqchip.chip(segment()));

  /** All 0: get it first. */
  public IoApic() {
    super("IRQCHIP", KVM_GET_IRQCHIP(), KVM_SET_IRQCHIP(), allocate(kvm_irqchip.layout()));
    kvm_irqchip.chip_id(segment(), KVM_IRQCHIP_IOAPIC());
  }

  /** Where it is, guest-physical. */
  public long baseAddress() {
    return kvm_ioapic_state.base_address(ioapic);
  }

  public void baseAddress(long value) {
    kvm_ioapic_state.base_address(ioapic, value);
  }

  /** IOREGSEL. */
  public int selectedRegister() {
    return kvm_ioapic_state.ioregsel(ioapic);
  }

  public void selectedRegister(int value) {
    kvm_ioapic_state.ioregsel(ioapic, value);
  }

  public int id() {
    return kvm_ioapic_state.id(ioapic);
  }

  public void id(int value) {
    kvm_ioapic_state.id(ioapic, value);
  }

  /** Pins that wait, a bit each. */
  public int requested() {
    return kvm_ioapic_state.irr(ioapic);
  }

  public void requested(int value) {
    kvm_ioapic_state.irr(ioapic, value);
  }

  /**
   * A pin's redirection entry: vector in bits 0 to 7, delivery mode 8 to 10, destination 56 to 63
   * and the flags above.
   *
   * @param pin 0 to 23
   */
  public long entry(int pin) {
    return kvm_ioapic_state.redirtbl.bits(kvm_ioapic_state.redirtbl(ioapic, pin));
  }

  /** Changes a pin's entry. */
  public void entry(int pin, long bits) {
    kvm_ioapic_state.redirtbl.bits(kvm_ioapic_state.redirtbl(ioapic, pin), bits);
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(String.format(Locale.ROOT, "id=%#x requested=%#x", id(), requested()));
    for (int pin = 0; pin < PINS; pin++) {
      text.append(String.format(Locale.ROOT, " %d=%#x", pin, entry(pin)));
    }
    return text.toString();
  }
}
