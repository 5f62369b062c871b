// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

@RequiresKvm
class PortIoTest {
  @Test
  void in_isAnExit_andTheGuestGetsTheAnswer() {
    // e5 a0    in $0xa0, %eax
    // f4       hlt
    try (SmallGuest guest = SmallGuest.running("e5 a0 f4")) {
      VcpuExit.Io exit = assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());
      assertTrue(exit.isIn());
      assertEquals(0xa0, exit.port());
      assertEquals(4, exit.size());
      assertEquals(1, exit.count());

      exit.answer(0x91223344);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals(0x91223344L, guest.vcpu().registers().rax());
    }
  }

  @Test
  void out_isAnExit() {
    // 66 ba 34 f2    mov $0xf234, %dx
    // 66 ef          out %ax, %dx
    // f4             hlt
    try (SmallGuest guest = SmallGuest.running("66 ba 34 f2 66 ef f4")) {
      VcpuExit.Io exit = assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());

      assertFalse(exit.isIn());
      assertEquals(0xf234, exit.port());
      assertEquals(2, exit.size());
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }
}
