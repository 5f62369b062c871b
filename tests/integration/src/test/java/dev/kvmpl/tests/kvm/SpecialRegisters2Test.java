// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_SREGS2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.bindings.kvm.kvm_sregs;
import dev.kvmpl.bindings.kvm.kvm_sregs2;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.kvm.state.SpecialRegisters2;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class SpecialRegisters2Test {
  /** What both structs have is read by the offsets of one. */
  @Test
  void bothStructs_haveTheSameAtTheSameOffsets() {
    assertEquals(kvm_sregs.cs$offset(), kvm_sregs2.cs$offset());
    assertEquals(kvm_sregs.ldt$offset(), kvm_sregs2.ldt$offset());
    assertEquals(kvm_sregs.gdt$offset(), kvm_sregs2.gdt$offset());
    assertEquals(kvm_sregs.idt$offset(), kvm_sregs2.idt$offset());
    assertEquals(kvm_sregs.cr0$offset(), kvm_sregs2.cr0$offset());
    assertEquals(kvm_sregs.cr8$offset(), kvm_sregs2.cr8$offset());
    assertEquals(kvm_sregs.efer$offset(), kvm_sregs2.efer$offset());
    assertEquals(kvm_sregs.apic_base$offset(), kvm_sregs2.apic_base$offset());
  }

  @Test
  void registers_areThoseOfTheOlderStruct_orRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      if (guest.kvm().fd().extension(KVM_CAP_SREGS2()) == 0) {
        assertEquals("ENOTTY", Refusal.of(() -> guest.vcpu().get(new SpecialRegisters2())));
        return;
      }
      SpecialRegisters2 special = guest.vcpu().get(new SpecialRegisters2());
      assertEquals(guest.vcpu().get(new SpecialRegisters()).toString(), special.toString());
      assertFalse(special.hasPdptrs()); // long mode

      special.fs().base(0x77000);
      guest.vcpu().set(special);

      assertEquals(0x77000, guest.vcpu().fsBase());
    }
  }
}
