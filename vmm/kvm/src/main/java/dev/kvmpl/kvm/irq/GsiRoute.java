// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_irq_routing_entry;
import dev.kvmpl.bindings.kvm.kvm_irq_routing_hv_sint;
import dev.kvmpl.bindings.kvm.kvm_irq_routing_irqchip;
import dev.kvmpl.bindings.kvm.kvm_irq_routing_msi;
import dev.kvmpl.bindings.kvm.kvm_irq_routing_xen_evtchn;
import java.lang.foreign.MemorySegment;

/** Where an interrupt line leads (struct kvm_irq_routing_entry; api.rst 4.52). */
public sealed interface GsiRoute {
  /** The line: global system interrupt. */
  int gsi();

  /** Fills in the struct. */
  void write(MemorySegment entry);

  /**
   * To a pin of a controller of KVM's.
   *
   * @param chip KVM_IRQCHIP_...: 0 and 1 the 8259s, 2 the I/O APIC
   * @param pin 0 to 7, or 0 to 23
   */
  record Pin(int gsi, int chip, int pin) implements GsiRoute {
    @Override
    public void write(MemorySegment entry) {
      MemorySegment union = GsiRoute.head(entry, gsi, Kvm.KVM_IRQ_ROUTING_IRQCHIP());
      MemorySegment irqchip = kvm_irq_routing_entry.u.irqchip(union);
      kvm_irq_routing_irqchip.irqchip(irqchip, chip);
      kvm_irq_routing_irqchip.pin(irqchip, pin);
    }
  }

  /** To a message. */
  record Message(int gsi, Msi msi) implements GsiRoute {
    @Override
    public void write(MemorySegment entry) {
      MemorySegment union = GsiRoute.head(entry, gsi, Kvm.KVM_IRQ_ROUTING_MSI());
      MemorySegment routed = kvm_irq_routing_entry.u.msi(union);
      kvm_irq_routing_msi.address_lo(routed, (int) msi.address());
      kvm_irq_routing_msi.address_hi(routed, (int) (msi.address() >>> Integer.SIZE));
      kvm_irq_routing_msi.data(routed, msi.data());
    }
  }

  /** To a synthetic interrupt of a Hyper-V guest. */
  record HypervSint(int gsi, int vcpu, int sint) implements GsiRoute {
    @Override
    public void write(MemorySegment entry) {
      MemorySegment union = GsiRoute.head(entry, gsi, Kvm.KVM_IRQ_ROUTING_HV_SINT());
      MemorySegment routed = kvm_irq_routing_entry.u.hv_sint(union);
      kvm_irq_routing_hv_sint.vcpu(routed, vcpu);
      kvm_irq_routing_hv_sint.sint(routed, sint);
    }
  }

  /** To an event channel of a Xen guest. */
  record XenEventChannel(int gsi, int port, int vcpu, int priority) implements GsiRoute {
    @Override
    public void write(MemorySegment entry) {
      MemorySegment union = GsiRoute.head(entry, gsi, Kvm.KVM_IRQ_ROUTING_XEN_EVTCHN());
      MemorySegment routed = kvm_irq_routing_entry.u.xen_evtchn(union);
      kvm_irq_routing_xen_evtchn.port(routed, port);
      kvm_irq_routing_xen_evtchn.vcpu(routed, vcpu);
      kvm_irq_routing_xen_evtchn.priority(routed, priority);
    }
  }

  private static MemorySegment head(MemorySegment entry, int gsi, int type) {
    kvm_irq_routing_entry.gsi(entry, gsi);
    kvm_irq_routing_entry.type(entry, type);
    return kvm_irq_routing_entry.u(entry);
  }
}
