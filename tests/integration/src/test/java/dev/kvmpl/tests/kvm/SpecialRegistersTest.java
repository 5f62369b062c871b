// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class SpecialRegistersTest {
  @Test
  void segments_areWhatTheyWereSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      SpecialRegisters set = guest.vcpu().get(new SpecialRegisters());
      set.fs().base(0x1234_5000L);
      set.gs().base(0x6789_a000L);
      set.gdt().limit(0x77);

      guest.vcpu().set(set);

      SpecialRegisters got = guest.vcpu().get(new SpecialRegisters());
      assertEquals(0x1234_5000L, got.fs().base());
      assertEquals(0x6789_a000L, got.gs().base());
      assertEquals(0x77, got.gdt().limit());
      assertEquals(LongMode.SELECTOR_CODE, got.cs().selector());
      assertTrue(got.cs().l());
      assertTrue(got.cs().present());
      assertFalse(got.cs().unusable());
      assertEquals(0, got.cs().dpl());
      assertEquals(LongMode.SELECTOR_TSS, got.tr().selector());
      assertFalse(got.tr().s());
    }
  }

  @Test
  void controlRegisters_areTheGuests() {
    // 0f 20 d0    mov %cr2, %rax
    // f4          hlt
    try (BareGuest guest = BareGuest.running("0f 20 d0 f4")) {
      SpecialRegisters special = guest.vcpu().get(new SpecialRegisters());
      special.cr2(0xabc_def0L);
      guest.vcpu().set(special);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(0xabc_def0L, guest.vcpu().registers().rax());
    }
  }

  @Test
  void registersThatNoCpuHas_areRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      SpecialRegisters special = guest.vcpu().get(new SpecialRegisters());
      special.cr0(special.cr0() & ~1L); // paging without protected mode

      assertEquals("EINVAL", Refusal.of(() -> guest.vcpu().set(special)));
    }
  }

  @Test
  void pendingInterrupt_isOneBitOf256() {
    SpecialRegisters special = new SpecialRegisters();

    assertEquals(SpecialRegisters.NONE, special.pendingInterrupt());
    for (int vector : new int[] {0, 63, 64, 255}) {
      special.pendingInterrupt(vector);
      assertEquals(vector, special.pendingInterrupt());
    }
    special.pendingInterrupt(SpecialRegisters.NONE);
    assertEquals(SpecialRegisters.NONE, special.pendingInterrupt());
  }
}
