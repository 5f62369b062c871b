// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.irq.MpState;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class MpStateTest {
  @Test
  void withAController_theFirstVcpuRuns_andTheOthersWait() {
    try (BareGuest guest =
            BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController());
        Vcpu second = guest.vm().createBareVcpu(1)) {
      assertEquals(MpState.RUNNABLE, guest.vcpu().extras().mpState());
      assertEquals(MpState.UNINITIALIZED, second.extras().mpState());

      second.extras().mpState(MpState.RUNNABLE);

      assertEquals(MpState.RUNNABLE, second.extras().mpState());
    }
  }

  @Test
  void withoutAController_otherStatesAreRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals(MpState.RUNNABLE, guest.vcpu().extras().mpState());
      assertEquals(
          "EINVAL", Refusal.of(() -> guest.vcpu().extras().mpState(MpState.INIT_RECEIVED)));
    }
  }

  @Test
  void stateOfAnotherArchitecture_isUnknown() {
    assertThrows(IllegalArgumentException.class, () -> MpState.of(5));
  }
}
