// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresKvm
class ReadOnlySlotTest {
  private static final long RAX = 0x8877665544332211L;

  @ParameterizedTest
  @CsvSource({
    "88 07    f4, 1, 0x11, 'mov %al, (%rdi); hlt'",
    "66 89 07 f4, 2, 0x2211, 'mov %ax, (%rdi); hlt'",
    "89 07    f4, 4, 0x44332211, 'mov %eax, (%rdi); hlt'",
    "48 89 07 f4, 8, -0x778899aabbccddef, 'mov %rax, (%rdi); hlt'"
  })
  void store_isOneExitWithItsBytes_andTheMemoryIsUntouched(
      String code, int length, String data, String disassembly) {
    try (SmallGuest guest = SmallGuest.running(code)) {
      guest.mapPage(true).registers(SmallGuest.PAGE + 0x123, RAX);

      VcpuExit.Mmio exit = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run(), disassembly);

      assertTrue(exit.isWrite());
      assertEquals(SmallGuest.PAGE + 0x123, exit.gpa());
      assertEquals(length, exit.length());
      assertEquals(Long.decode(data), exit.data());
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertArrayEquals(SmallGuest.untouchedPage(), guest.page());
    }
  }

  @Test
  void dataOfAShortStore_hasNothingOfALongerOneBefore() {
    // 48 89 07    mov %rax, (%rdi)
    // 88 07       mov %al, (%rdi)
    try (SmallGuest guest = SmallGuest.running("48 89 07 88 07")) {
      guest.mapPage(true).registers(SmallGuest.PAGE, RAX);

      guest.vcpu().run();
      VcpuExit.Mmio exit = assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());

      assertEquals(0x11, exit.data());
    }
  }

  @Test
  void load_isNoExit() {
    // 48 8b 07    mov (%rdi), %rax
    // f4          hlt
    try (SmallGuest guest = SmallGuest.running("48 8b 07 f4")) {
      guest.mapPage(true);

      VcpuExit exit = guest.vcpu().run();

      assertInstanceOf(VcpuExit.Halt.class, exit);
      assertEquals(0xeeee_eeee_eeee_eeeeL, guest.vcpu().registers().rax());
    }
  }
}
