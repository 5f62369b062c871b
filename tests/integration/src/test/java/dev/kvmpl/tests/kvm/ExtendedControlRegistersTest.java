// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.state.ExtendedControlRegisters;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class ExtendedControlRegistersTest {
  @Test
  void xcr0_isWhatItWasSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      ExtendedControlRegisters registers = guest.vcpu().get(new ExtendedControlRegisters());
      assertEquals(1, registers.count());
      assertEquals(1, registers.get(0), "x87 alone after a reset");

      registers.put(0, 3); // x87 and SSE
      guest.vcpu().set(registers);

      ExtendedControlRegisters got = guest.vcpu().get(new ExtendedControlRegisters());
      assertEquals("xcr0=0x3", got.toString());
    }
  }

  @Test
  void valueThatNoCpuTakes_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      ExtendedControlRegisters registers = new ExtendedControlRegisters();
      registers.put(0, 2); // without x87

      assertEquals("EINVAL", Refusal.of(() -> guest.vcpu().set(registers)));
    }
  }
}
