// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_USER_NMI;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.VcpuEvents;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class NmiTest {
  @Test
  void nmi_arrivesAtTheHandler() {
    // 90          nop
    // f4          hlt
    // handler: e6 10    out %al, $0x10
    try (BareGuest guest = BareGuest.handling("90 f4", "e6 10")) {
      assertTrue(guest.kvm().fd().extension(KVM_CAP_USER_NMI()) > 0);

      guest.vcpu().extras().nmi();

      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());
      assertEquals(2, guest.vector());
      assertTrue(guest.vcpu().get(new VcpuEvents()).nmiMasked());
    }
  }
}
