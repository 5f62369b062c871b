// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.kvm.irq.Pit;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class PitTest {
  @Test
  void counter_isWhatItWasSetTo() {
    try (BareGuest guest =
        BareGuest.handling(
            "f4",
            "f4",
            vm -> {
              vm.interrupts().createController();
              vm.interrupts().createPit(true);
            })) {
      Pit pit = guest.vm().get(new Pit());
      pit.channel(2).mode(3);
      pit.channel(2).count(1234);

      guest.vm().set(pit);

      Pit got = guest.vm().get(new Pit());
      assertEquals(3, got.channel(2).mode());
      assertEquals(1234, got.channel(2).count());
      assertFalse(got.isHpetLegacy());
      guest.vm().interrupts().reinjectTimer(false);
    }
  }

  @Test
  void withoutOne_isRefused() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      assertEquals("ENXIO", Refusal.of(() -> guest.vm().get(new Pit())));
      assertEquals("ENXIO", Refusal.of(() -> guest.vm().interrupts().reinjectTimer(true)));
    }
  }
}
