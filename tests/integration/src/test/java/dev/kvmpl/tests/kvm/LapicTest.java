// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.irq.Lapic;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class LapicTest {
  @Test
  void registers_areWhatTheyWereSetTo() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      Lapic lapic = guest.vcpu().get(new Lapic());
      assertNotEquals(0, lapic.get(Lapic.VERSION));
      lapic.put(Lapic.SPURIOUS_VECTOR, 0x1ff);
      lapic.put(Lapic.TASK_PRIORITY, 0x20);
      lapic.put(Lapic.LVT_TIMER, 0x10040); // masked

      guest.vcpu().set(lapic);

      Lapic got = guest.vcpu().get(new Lapic());
      assertEquals(0x1ff, got.get(Lapic.SPURIOUS_VECTOR));
      assertEquals(0x20, got.get(Lapic.TASK_PRIORITY));
      assertEquals(0x10040, got.get(Lapic.LVT_TIMER));
      assertTrue(got.toString().contains("svr=0x1ff"), got::toString);
    }
  }

  @Test
  void withoutAController_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals("EINVAL", Refusal.of(() -> guest.vcpu().get(new Lapic())));
    }
  }

  @Test
  void offsetThatIsNoRegister_isRefused() {
    Lapic lapic = new Lapic();

    assertThrows(IllegalArgumentException.class, () -> lapic.get(0x21));
    assertThrows(IllegalArgumentException.class, () -> lapic.get(0x400));
    assertThrows(IllegalArgumentException.class, () -> lapic.put(-0x10, 1));
  }
}
