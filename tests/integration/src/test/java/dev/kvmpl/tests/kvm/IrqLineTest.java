// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.irq.IoApic;
import dev.kvmpl.kvm.irq.Lapic;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class IrqLineTest {
  // fb             sti
  // f4             hlt
  private static final String WAITS = "fb f4";

  // e6 10          out %al, $0x10
  private static final String HANDLER = "e6 10";

  /** Of a line that the 8259s do not have. */
  @Test
  void risingLine_isAnInterruptByTheIoApic() {
    try (BareGuest guest =
        BareGuest.handling(WAITS, HANDLER, vm -> vm.interrupts().createController())) {
      Interrupt.enableApic(guest.vcpu());
      IoApic ioapic = guest.vm().get(new IoApic());
      ioapic.entry(20, 0x44);
      guest.vm().set(ioapic);

      int delivered = guest.vm().interrupts().lineStatus(20, true);

      assertEquals(1, delivered);
      assertInstanceOf(VcpuExit.Io.class, Interrupt.run(guest.vcpu()));
      assertEquals(0x44, guest.vector());
    }
  }

  @Test
  void lineThatIsMasked_isNoInterrupt() {
    try (BareGuest guest =
        BareGuest.handling(WAITS, HANDLER, vm -> vm.interrupts().createController())) {
      Interrupt.enableApic(guest.vcpu());

      guest.vm().interrupts().line(5, true);

      assertFalse(guest.vcpu().get(new Lapic()).isRequested(0x45));
    }
  }

  @Test
  void lineWithoutAController_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals("ENXIO", Refusal.of(() -> guest.vm().interrupts().line(4, true)));
    }
  }
}
