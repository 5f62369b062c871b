// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.debug.DebugRegisters;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class DebugRegistersTest {
  @Test
  void registers_areWhatTheyWereSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      DebugRegisters set = guest.vcpu().get(new DebugRegisters());
      set.address(0, 0x1000);
      set.address(3, 0x4000);
      set.dr7(0x402); // DR0 globally, execution

      guest.vcpu().set(set);

      DebugRegisters got = guest.vcpu().get(new DebugRegisters());
      assertEquals(0x1000, got.address(0));
      assertEquals(0x4000, got.address(3));
      assertEquals(0x402, got.dr7());
    }
  }

  @Test
  void registers_areTheGuests() {
    // 0f 21 c8    mov %db1, %rax
    // f4          hlt
    try (BareGuest guest = BareGuest.running("0f 21 c8 f4")) {
      DebugRegisters registers = new DebugRegisters();
      registers.address(1, 0x5678);
      guest.vcpu().set(registers);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(0x5678, guest.vcpu().registers().rax());
    }
  }
}
