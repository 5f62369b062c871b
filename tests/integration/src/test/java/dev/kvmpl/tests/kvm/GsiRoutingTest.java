// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_HYPERV_SYNIC;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.irq.GsiRoute;
import dev.kvmpl.kvm.irq.Msi;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class GsiRoutingTest {
  @Test
  void routes_ofEveryKind_areTakenOrRefusedByTheHost() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      guest
          .vm()
          .interrupts()
          .route(
              List.of(
                  new GsiRoute.Pin(4, 2, 4),
                  new GsiRoute.Pin(5, 0, 5),
                  new GsiRoute.Message(30, Msi.to(0, 0x70))));
    }
  }

  @Test
  void routeToAPinThatIsNotThere_isRefused() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      assertEquals(
          "EINVAL",
          Refusal.of(() -> guest.vm().interrupts().route(List.of(new GsiRoute.Pin(4, 2, 24)))));
    }
  }

  @Test
  void routeToAHypervGuest_isTaken_whereTheHostCanServeOne() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      List<GsiRoute> routes = List.of(new GsiRoute.HypervSint(31, 0, 2));
      if (guest.kvm().fd().extension(KVM_CAP_HYPERV_SYNIC()) > 0) {
        guest.vm().interrupts().route(routes);
      } else {
        assertEquals("EINVAL", Refusal.of(() -> guest.vm().interrupts().route(routes)));
      }
    }
  }
}
