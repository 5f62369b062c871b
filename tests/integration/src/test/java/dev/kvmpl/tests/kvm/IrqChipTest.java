// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.kvmpl.kvm.irq.IoApic;
import dev.kvmpl.kvm.irq.Pic;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class IrqChipTest {
  @Test
  void pics_areWhatTheyWereSetTo() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      Pic second = guest.vm().get(Pic.second());
      second.vectorBase(0x28);
      second.masked(0xaa);

      guest.vm().set(second);

      assertEquals(0x28, guest.vm().get(Pic.second()).vectorBase());
      assertEquals(0xaa, guest.vm().get(Pic.second()).masked());
      assertNotEquals(0x28, guest.vm().get(Pic.first()).vectorBase());
    }
  }

  @Test
  void entryOfTheIoApic_isWhatItWasSetTo() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      IoApic ioapic = guest.vm().get(new IoApic());
      assertEquals(0xfec00000L, ioapic.baseAddress());
      assertEquals(IoApic.MASKED, ioapic.entry(4) & IoApic.MASKED);
      ioapic.entry(4, 0x41);

      guest.vm().set(ioapic);

      assertEquals(0x41, guest.vm().get(new IoApic()).entry(4));
    }
  }

  @Test
  void secondController_isRefused() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      assertEquals("EEXIST", Refusal.of(guest.vm().interrupts()::createController));
    }
  }

  @Test
  void withoutAController_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals("ENXIO", Refusal.of(() -> guest.vm().get(new IoApic())));
      assertEquals("ENXIO", Refusal.of(() -> guest.vm().get(Pic.first())));
    }
  }
}
