// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.cpu.Msrs;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.irq.Clock;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class TscTest {
  private static final int TSC = 0x10;

  @Test
  void frequency_canBeSet_toWhatItIs() {
    try (BareGuest guest = BareGuest.running("f4")) {
      long khz = guest.vcpu().timeStampCounterKhz().orElseThrow();

      guest.vcpu().extras().timeStampCounterKhz(khz);

      assertEquals(khz, guest.vcpu().timeStampCounterKhz().orElseThrow());
    }
  }

  /** kvm_pvm's guests have the CPU's own counter, whatever it is set to. */
  @Test
  void counter_goesOnFromWhatItWasSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      long far = guest.vcpu().timeStampCounter() + (1L << 50);
      Msrs counter = new Msrs(TSC);
      counter.value(0, far);

      assertEquals(1, guest.vcpu().setMsrs(counter));

      assertEquals(
          !Host.detect().module().equals("kvm_pvm"), guest.vcpu().timeStampCounter() >= far);
    }
  }

  @Test
  void clock_goesOnFromWhatItWasSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Clock clock = new Clock();
      clock.nanoseconds(1L << 50);

      guest.vm().set(clock);

      assertTrue(guest.vm().get(new Clock()).nanoseconds() >= 1L << 50);
    }
  }
}
