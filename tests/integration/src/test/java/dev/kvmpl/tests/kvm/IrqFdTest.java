// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.fd.EventFd;
import dev.kvmpl.kvm.irq.GsiRoute;
import dev.kvmpl.kvm.irq.Lapic;
import dev.kvmpl.kvm.irq.Msi;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class IrqFdTest {
  // fb             sti
  // f4             hlt
  private static final String WAITS = "fb f4";

  // e6 10          out %al, $0x10
  private static final String HANDLER = "e6 10";

  private static final int GSI = 30;

  private static BareGuest routed() {
    BareGuest guest = BareGuest.handling(WAITS, HANDLER, vm -> vm.interrupts().createController());
    Interrupt.enableApic(guest.vcpu());
    guest.vm().interrupts().route(List.of(new GsiRoute.Message(GSI, Msi.to(0, 0x62))));
    return guest;
  }

  @Test
  void signal_isAnInterrupt() {
    try (EventFd event = new EventFd();
        BareGuest guest = routed()) {
      guest.vm().interrupts().connect(event, GSI);

      event.signal(1);

      assertInstanceOf(VcpuExit.Io.class, Interrupt.run(guest.vcpu()));
      assertEquals(0x62, guest.vector());
      assertEquals(0, event.take(), "KVM has taken it");
    }
  }

  @Test
  void signalAfterDisconnecting_isCountedAndNothingElse() {
    try (EventFd event = new EventFd();
        BareGuest guest = routed()) {
      guest.vm().interrupts().connect(event, GSI);
      guest.vm().interrupts().disconnect(event, GSI);

      event.signal(3);

      assertEquals(3, event.take());
      assertFalse(guest.vcpu().get(new Lapic()).isRequested(0x62));
    }
  }

  @Test
  void connectingTwice_isRefused() {
    try (EventFd event = new EventFd();
        BareGuest guest = routed()) {
      guest.vm().interrupts().connect(event, GSI);

      assertEquals("EBUSY", Refusal.of(() -> guest.vm().interrupts().connect(event, GSI)));
    }
  }

  @Test
  void lineWithAcknowledgement_canBeConnected_whereTheControllerIsKvms() {
    try (EventFd event = new EventFd();
        EventFd acknowledged = new EventFd();
        BareGuest guest = routed()) {
      guest.vm().interrupts().connect(event, acknowledged, 4);
      guest.vm().interrupts().disconnect(event, 4);
    }
  }

  @Test
  void withoutAController_isRefused() {
    try (EventFd event = new EventFd();
        BareGuest guest = BareGuest.running("f4")) {
      assertEquals("EINVAL", Refusal.of(() -> guest.vm().interrupts().connect(event, GSI)));
    }
  }
}
