// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

@RequiresKvm
class InterruptTest {
  @Test
  void guestWithInterruptsOff_acceptsNone() {
    // e6 10    out %al, $0x10
    try (SmallGuest guest = SmallGuest.running("e6 10")) {
      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());

      assertFalse(guest.vcpu().acceptsInterrupt());
    }
  }

  @Test
  void interruptWindow_isAnExitOnceTheGuestTurnsInterruptsOn() {
    // e6 10    out %al, $0x10
    // fb       sti
    // 90       nop
    // 90       nop
    // eb fe    1: jmp 1b
    try (SmallGuest guest = SmallGuest.running("e6 10 fb 90 90 eb fe")) {
      guest.vcpu().run();
      guest.vcpu().requestInterruptWindow(true);

      VcpuExit exit = guest.vcpu().run();

      assertInstanceOf(VcpuExit.InterruptWindow.class, exit);
      assertTrue(guest.vcpu().acceptsInterrupt());
    }
  }
}
