// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

@RequiresKvm
class AbsentSlotTest {
  @Test
  void load_isAnExitThatSaysWhatIsRead() {
    // 8b 47 10    mov 0x10(%rdi), %eax
    // f4          hlt
    try (SmallGuest guest = SmallGuest.running("8b 47 10 f4")) {
      VcpuExit.Mmio exit = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());

      assertFalse(exit.isWrite());
      assertEquals(SmallGuest.PAGE + 0x10, exit.gpa());
      assertEquals(4, exit.length());
    }
  }

  @Test
  void store_isAnExitAndReachesNoMemory() {
    // 66 89 47 10    mov %ax, 0x10(%rdi)
    // f4             hlt
    try (SmallGuest guest = SmallGuest.running("66 89 47 10 f4")) {
      guest.registers(SmallGuest.PAGE, 0xbeef);

      VcpuExit.Mmio exit = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());

      assertTrue(exit.isWrite());
      assertEquals(SmallGuest.PAGE + 0x10, exit.gpa());
      assertEquals(2, exit.length());
      assertEquals(0xbeef, exit.data());
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
    }
  }
}
