// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class TranslationTest {
  @Test
  void address_isWhatTheGuestsTablesSay() {
    try (BareGuest guest = BareGuest.running("f4")) {
      guest.memory().putLong(0xa008, 0x83); // the second 2 MiB lead to the first

      assertEquals(0x12345, guest.vcpu().translate(0x212345));
      assertEquals(Vcpu.UNMAPPED, guest.vcpu().translate(0x80_0000_0000L));
    }
  }
}
