// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.tests.support.SmallGuest.CODE;
import static dev.kvmpl.tests.support.SmallGuest.PAGE;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

/**
 * A switch of tasks, which 32-bit mode has: KVM does all of it itself, and saves the old task's
 * registers in memory.
 */
@RequiresKvm
class TaskSwitchTest {
  private static final long GDT = 0x4000;
  private static final long NEW_TASK = 0x6000;
  private static final long GOES_ON = CODE + 0x100;
  private static final long END = CODE + 0x36; // of the code below
  private static final int EIP = 0x20; // where a 32-bit TSS has it

  // bc 00 7f 00 00          mov $0x7f00, %esp
  // 6a 28                   push $0x28
  // 68 0e 80 00 00          push $0x800e
  // 48 cb                   lretq, to 32-bit code
  // 0f 20 c0                mov %cr0, %eax
  // 25 ff ff ff 7f          and $0x7fffffff, %eax
  // 0f 22 c0                mov %eax, %cr0, without paging
  // b9 80 00 00 c0          mov $0xc0000080, %ecx (EFER)
  // 0f 32                   rdmsr
  // 25 ff fe ff ff          and $0xfffffeff, %eax
  // 0f 30                   wrmsr, without long mode
  // b8 18 00 00 00          mov $0x18, %eax
  // 0f 00 d8                ltr %ax, the old task: the page
  // ea 00 00 00 00 30 00    ljmp $0x30, $0, the new task
  private static final String LEAVES_ITS_TASK =
      "bc 00 7f 00 00 6a 28 68 0e 80 00 00 48 cb 0f 20 c0 25 ff ff ff 7f 0f 22 c0 b9 80 00 00 c0 0f"
          + " 32 25 ff fe ff ff 0f 30 b8 18 00 00 00 0f 00 d8 ea 00 00 00 00 30 00";

  private static SmallGuest guest() {
    SmallGuest guest = SmallGuest.running(LEAVES_ITS_TASK);
    guest.memory().putLong(GDT + 0x18, 0x0000890000000067L | PAGE << 16); // TSS
    guest.memory().putLong(GDT + 0x28, 0x00cf9b000000ffffL); // 32-bit code
    guest.memory().putLong(GDT + 0x30, 0x0000890000000067L | NEW_TASK << 16); // TSS
    guest.memory().putLong(NEW_TASK + EIP, GOES_ON | 2L << 32); // EIP, EFLAGS
    for (long selector = NEW_TASK + 0x48; selector < NEW_TASK + 0x60; selector += 4) {
      guest.memory().putInt(selector, 0x10);
    }
    guest.memory().putInt(NEW_TASK + 0x4c, 0x28); // CS
    guest.memory().write(GOES_ON, new byte[] {(byte) 0xf4}); // hlt
    return guest;
  }

  @Test
  void registers_areNotSavedWhereTheGuestMayOnlyRead() {
    try (SmallGuest guest = guest()) {
      guest.mapPage(true);

      guest.vcpu().run();

      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
    }
  }

  @Test
  void registers_areNotSavedWhereTheGuestHasNoMemory() {
    try (SmallGuest guest = guest()) {
      guest.vcpu().run();

      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
    }
  }

  /** So that the tests above are about a switch; kvm_pvm makes none. */
  @Test
  void registers_areSavedWhereTheGuestMayWrite() {
    try (SmallGuest guest = guest()) {
      guest.mapPage(false);

      VcpuExit exit = guest.vcpu().run();

      if (!(exit instanceof VcpuExit.KvmInternalError)) {
        assertInstanceOf(VcpuExit.Halt.class, exit);
        assertEquals(END, guest.memory().getInt(PAGE + EIP));
      }
    }
  }
}
