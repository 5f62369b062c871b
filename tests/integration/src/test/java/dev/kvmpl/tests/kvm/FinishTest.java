// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

/** What immediate_exit does: completes the last exit's operation, runs nothing after it. */
@RequiresKvm
class FinishTest {
  @Test
  void finishedStore_leavesTheGuestAfterIt_havingRunNothingMore() {
    // 48 89 07         mov %rax, (%rdi)
    // 48 ff c0         inc %rax
    // f4               hlt
    try (SmallGuest guest = SmallGuest.running("48 89 07 48 ff c0 f4")) {
      guest.mapPage(true).registers(SmallGuest.PAGE, 5);
      guest.vcpu().run();

      VcpuExit finished = guest.vcpu().finish();

      assertInstanceOf(VcpuExit.Interrupted.class, finished);
      assertEquals(SmallGuest.CODE + 3, guest.vcpu().registers().rip());
      assertEquals(5, guest.vcpu().registers().rax());
      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
    }
  }

  @Test
  void guest_runsOnAfterFinishing() {
    // 48 89 07         mov %rax, (%rdi)
    // 48 ff c0         inc %rax
    // f4               hlt
    try (SmallGuest guest = SmallGuest.running("48 89 07 48 ff c0 f4")) {
      guest.mapPage(true).registers(SmallGuest.PAGE, 5);
      guest.vcpu().run();
      guest.vcpu().finish();

      VcpuExit exit = guest.vcpu().run();

      assertInstanceOf(VcpuExit.Halt.class, exit);
      assertEquals(6, guest.vcpu().registers().rax());
    }
  }

  @Test
  void storeAcrossAPagesEnd_hasASecondPart() {
    // 48 89 07         mov %rax, (%rdi)
    // f4               hlt
    try (SmallGuest guest = SmallGuest.running("48 89 07 f4")) {
      guest.registers(SmallGuest.PAGE + 0xffc, 0x8877665544332211L);
      VcpuExit.Mmio first = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
      assertEquals(SmallGuest.PAGE + 0xffc, first.gpa());
      assertEquals(4, first.length());
      assertEquals(0x44332211, first.data());

      VcpuExit.Mmio second = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().finish());

      assertEquals(SmallGuest.PAGE + 0x1000, second.gpa());
      assertEquals(4, second.length());
      assertEquals(0x88776655L, second.data());
      assertInstanceOf(VcpuExit.Interrupted.class, guest.vcpu().finish());
    }
  }
}
