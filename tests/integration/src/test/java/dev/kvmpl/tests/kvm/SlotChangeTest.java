// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.libc.Libc;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

@RequiresKvm
class SlotChangeTest {
  @Test
  void slotMadeAnewAsWritable_takesStoresWithoutAnExit() {
    // 88 07       mov %al, (%rdi)
    // 88 47 01    mov %al, 1(%rdi)
    // f4          hlt
    try (SmallGuest guest = SmallGuest.running("88 07 88 47 01 f4")) {
      guest.mapPage(true).registers(SmallGuest.PAGE, 0x42);
      assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
      guest.vcpu().finish();

      guest.unmapPage().mapPage(false);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals((byte) 0xee, guest.page()[0]); // the first store was retired before
      assertEquals((byte) 0x42, guest.page()[1]);
    }
  }

  @Test
  void slotMadeAnewAsReadOnly_isAnExitAgain() {
    // 88 07       mov %al, (%rdi)
    // e6 10       out %al, $0x10
    // 88 47 01    mov %al, 1(%rdi)
    // f4          hlt
    try (SmallGuest guest = SmallGuest.running("88 07 e6 10 88 47 01 f4")) {
      guest.mapPage(false).registers(SmallGuest.PAGE, 0x42);
      assertInstanceOf(VcpuExit.Io.class, guest.vcpu().run());

      guest.unmapPage().mapPage(true);

      assertInstanceOf(VcpuExit.Mmio.class, guest.vcpu().run());
      assertEquals((byte) 0x42, guest.page()[0]);
      assertEquals((byte) 0xee, guest.page()[1]);
    }
  }

  @Test
  void liveSlot_cannotBeMadeReadOnly_andTheErrorSaysWhich() {
    try (SmallGuest guest = SmallGuest.running("f4")) {
      guest.mapPage(false);

      SyscallException e = assertThrows(SyscallException.class, () -> guest.mapPage(true));

      assertEquals(Libc.EINVAL(), e.errno());
      assertTrue(String.valueOf(e.getMessage()).contains("slot 1, gpa 0x100000"), e::getMessage);
    }
  }
}
