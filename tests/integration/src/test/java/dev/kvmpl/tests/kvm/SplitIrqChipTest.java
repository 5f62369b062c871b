// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.irq.GsiRoute;
import dev.kvmpl.kvm.irq.IoApic;
import dev.kvmpl.kvm.irq.Lapic;
import dev.kvmpl.kvm.irq.Msi;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class SplitIrqChipTest {
  @Test
  void localApics_areKvms_andTheIoApicIsNot() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createLocalApics(24))) {
      assertNotEquals(0, guest.vcpu().get(new Lapic()).get(Lapic.VERSION));
      assertEquals("ENXIO", Refusal.of(() -> guest.vm().get(new IoApic())));
    }
  }

  /** kvm_pvm acknowledges interrupts by itself, so that there is no end to tell of. */
  @Test
  void endOfALevelTriggeredInterrupt_isAnExit() {
    // fb                               sti
    // f4                               hlt
    // handler:
    // b8 00 00 e0 fe                   mov $0xfee00000, %eax
    // c7 80 b0 00 00 00 00 00 00 00    movl $0, 0xb0(%rax)    (EOI)
    // e6 10                            out %al, $0x10
    try (BareGuest guest =
        BareGuest.handling(
            "fb f4",
            "b8 00 00 e0 fe c7 80 b0 00 00 00 00 00 00 00 e6 10",
            vm -> {
              vm.interrupts().createLocalApics(24);
              // Level-triggered: KVM has to know of the message, to tell of its end.
              vm.interrupts().route(List.of(new GsiRoute.Message(3, new Msi(0xfee00000L, 0xc041))));
            })) {
      Interrupt.enableApic(guest.vcpu());
      guest.vm().interrupts().line(3, true);

      VcpuExit exit = Interrupt.run(guest.vcpu());

      if (Host.detect().module().equals("kvm_pvm")) {
        assertInstanceOf(VcpuExit.Io.class, exit);
        assertEquals(0x41, guest.vector());
        return;
      }
      OptInExit.IoapicEoi eoi = assertInstanceOf(OptInExit.IoapicEoi.class, exit, exit::toString);
      assertEquals(0x41, eoi.vector());
    }
  }
}
