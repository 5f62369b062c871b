// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.irq.Msi;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class InterruptMessageTest {
  // fb             sti
  // f4             hlt
  private static final String WAITS = "fb f4";

  // e6 10          out %al, $0x10
  private static final String HANDLER = "e6 10";

  @Test
  void message_isAnInterruptOfItsVector() {
    try (BareGuest guest =
        BareGuest.handling(WAITS, HANDLER, vm -> vm.interrupts().createController())) {
      Interrupt.enableApic(guest.vcpu());

      assertTrue(guest.vm().interrupts().signal(Msi.to(0, 0x61)));

      assertInstanceOf(VcpuExit.Io.class, Interrupt.run(guest.vcpu()));
      assertEquals(0x61, guest.vector());
    }
  }

  @Test
  void messageToAnApicThatIsOff_isNotDelivered() {
    try (BareGuest guest =
        BareGuest.handling(WAITS, HANDLER, vm -> vm.interrupts().createController())) {
      assertFalse(guest.vm().interrupts().signal(Msi.to(0, 0x61)));
    }
  }

  @Test
  void messageWithoutAController_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals("EINVAL", Refusal.of(() -> guest.vm().interrupts().signal(Msi.to(0, 0x61))));
    }
  }
}
