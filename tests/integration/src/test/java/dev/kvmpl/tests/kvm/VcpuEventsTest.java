// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.VcpuEvents;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class VcpuEventsTest {
  @Test
  void exception_arrivesAtTheHandler() {
    // 90          nop
    // handler: e6 10    out %al, $0x10
    try (BareGuest guest = BareGuest.handling("90 f4", "e6 10")) {
      VcpuEvents events = guest.vcpu().get(new VcpuEvents());
      assertFalse(events.delivers());
      events.injectException(13, 0x55);
      assertTrue(events.delivers());
      guest.vcpu().set(events);

      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());

      assertEquals(13, guest.vector());
      assertEquals(0x55, guest.memory().getLong(guest.vcpu().registers().rsp() + 8));
    }
  }

  @Test
  void everyField_isItsOwn() {
    VcpuEvents events = new VcpuEvents();
    events.interruptVector(0x40);
    events.interruptInjected(true);
    events.interruptShadow(1);
    events.nmiPending(1);
    events.nmiMasked(true);
    events.exceptionVector(6);
    events.exceptionPending(true);
    events.sipiVector(0x9f);
    events.inSmm(true);
    events.exceptionPayload(0x1234);

    assertEquals(
        "exception=6 interrupt=64 shadow=1 nmi=false pending=1 masked=true smm=true flags=0x0",
        events.toString());
    assertEquals(0x9f, events.sipiVector());
    assertEquals(0x1234, events.exceptionPayload());
    events.clearDeliveries();
    assertFalse(events.delivers());
    assertTrue(events.inSmm());
  }
}
