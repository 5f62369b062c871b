// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_SYNC_REGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SYNC_X86_REGS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.kvm.state.SyncedRegisters;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Set;
import org.junit.jupiter.api.Test;

@RequiresKvm
class SyncedRegistersTest {
  // ff c0    inc %eax
  // f4       hlt
  private static final String CODE = "ff c0 f4";

  @Test
  void registers_areTakenAndLeft_withoutAnIoctl() {
    try (BareGuest guest = BareGuest.running(CODE)) {
      long parts = guest.kvm().fd().extension(KVM_CAP_SYNC_REGS());
      assertEquals(KVM_SYNC_X86_REGS(), parts & KVM_SYNC_X86_REGS(), "Linux 4.17 and later");
      SyncedRegisters synced = guest.vcpu().extras().synced();
      synced.registers().restore(guest.vcpu().registers().save());
      synced.registers().rax(41);
      synced.dirty(Set.of(SyncedRegisters.Part.REGISTERS));
      synced.valid(Set.of(SyncedRegisters.Part.REGISTERS));

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(42, synced.registers().rax());
      assertEquals(BareGuest.CODE + 3, synced.registers().rip());
      assertEquals(Set.of(), synced.dirty());
    }
  }

  @Test
  void specialRegisters_areLeft() {
    try (BareGuest guest = BareGuest.running(CODE)) {
      SyncedRegisters synced = guest.vcpu().extras().synced();
      synced.valid(Set.of(SyncedRegisters.Part.SPECIAL_REGISTERS));

      guest.vcpu().run();

      assertEquals(
          guest.vcpu().get(new SpecialRegisters()).toString(),
          synced.specialRegisters().toString());
    }
  }

  @Test
  void whatIsNotAskedFor_isNotLeft() {
    try (BareGuest guest = BareGuest.running(CODE)) {
      guest.vcpu().run();

      assertEquals(0, guest.vcpu().extras().synced().registers().rip());
    }
  }
}
