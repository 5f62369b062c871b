// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class RegistersTest {
  @Test
  void everyRegister_isWhatItWasSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Registers set = new Registers();
      for (int number = 0; number < 16; number++) {
        set.byNumber(number, 0x1111_1111_1111_1111L * number);
      }
      set.rip(0x1234);
      set.rflags(0x246);

      guest.vcpu().set(set);

      Registers got = guest.vcpu().get(new Registers());
      assertEquals(set.toString(), got.toString());
      assertEquals(0, got.rax());
      assertEquals(0x1111_1111_1111_1111L, got.rcx());
      assertEquals(0x2222_2222_2222_2222L, got.rdx());
      assertEquals(0x3333_3333_3333_3333L, got.rbx());
      assertEquals(0x4444_4444_4444_4444L, got.rsp());
      assertEquals(0x5555_5555_5555_5555L, got.rbp());
      assertEquals(0x6666_6666_6666_6666L, got.rsi());
      assertEquals(0x7777_7777_7777_7777L, got.rdi());
      assertEquals(0x8888_8888_8888_8888L, got.r8());
      assertEquals(0xffff_ffff_ffff_ffffL, got.r15());
      assertEquals(0x1234, got.rip());
      assertEquals(0x246, got.rflags());
    }
  }

  @Test
  void registers_areTheGuests() {
    // 4d 89 ca    mov %r9, %r10
    // f4          hlt
    try (BareGuest guest = BareGuest.running("4d 89 ca f4")) {
      Registers registers = guest.vcpu().registers();
      registers.r9(42);
      guest.vcpu().setRegisters();

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(42, guest.vcpu().registers().r10());
      assertEquals(BareGuest.CODE + 4, guest.vcpu().registers().rip());
    }
  }
}
