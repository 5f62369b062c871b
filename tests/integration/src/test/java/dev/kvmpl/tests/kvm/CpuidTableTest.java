// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.cpu.CpuidEntry;
import dev.kvmpl.kvm.cpu.CpuidTable;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@RequiresKvm
class CpuidTableTest {
  private static final int EDX_LONG_MODE = 1 << 29;

  @Test
  void guest_readsTheChangedTable() {
    // 0f a2    cpuid
    // f4       hlt
    try (BareGuest guest = BareGuest.running("0f a2 f4")) {
      CpuidTable table = guest.vcpu().cpuid();
      CpuidEntry vendor = table.find(0, 0).orElseThrow();
      guest.vcpu().cpuid(table.with(vendor.withEbx(0x6d766b).withEcx(1).withEdx(2)));

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      Registers registers = guest.vcpu().registers();
      assertEquals(0x6d766b, registers.rbx());
      assertEquals(1, registers.rcx());
      assertEquals(2, registers.rdx());
    }
  }

  @Test
  void table_isWhatItWasSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      CpuidTable set = guest.kvm().supportedCpuid().without(0x40000001, 0);
      assertTrue(guest.kvm().supportedCpuid().find(0x40000001, 0).isPresent());

      guest.vcpu().cpuid(set);

      assertEquals(set.entries().size(), guest.vcpu().cpuid().entries().size());
      assertEquals(Optional.empty(), guest.vcpu().cpuid().find(0x40000001, 0));
    }
  }

  @Test
  void supportedTable_hasLongModesFeatures_andTheEmulatedOneIsAnother() {
    try (Kvm kvm = Kvm.open()) {
      CpuidTable supported = kvm.supportedCpuid();

      assertEquals(
          EDX_LONG_MODE, supported.find(0x80000001, 0).orElseThrow().edx() & EDX_LONG_MODE);
      assertNotEquals(supported, kvm.emulatedCpuid());
      assertFalse(kvm.emulatedCpuid().entries().isEmpty());
    }
  }

  @Test
  void entry_answersForItsSubleafAlone_ifItHasOne() {
    CpuidEntry plain = CpuidEntry.of(1, 1, 2, 3, 4);
    CpuidEntry second = CpuidEntry.ofIndex(7, 1, 5, 6, 7, 8);
    CpuidTable table = new CpuidTable(List.of(plain, second));

    assertEquals(Optional.of(plain), table.find(1, 99));
    assertEquals(Optional.of(second), table.find(7, 1));
    assertEquals(Optional.empty(), table.find(7, 0));
    assertEquals("0x7.1: eax=0x5 ebx=0x6 ecx=0x7 edx=0x8", second.toString());
  }

  @Test
  void edits_areOfAnotherTable() {
    CpuidEntry old = CpuidEntry.of(1, 1, 2, 3, 4);
    CpuidTable table = new CpuidTable(List.of(old));

    CpuidTable with = table.with(old.withEax(9));
    CpuidTable mapped = table.map(entry -> entry.without(1, 0, 0, 4));

    assertEquals(1, table.find(1, 0).orElseThrow().eax());
    assertEquals(List.of(old.withEax(9)), with.entries());
    assertEquals(List.of(CpuidEntry.of(1, 0, 2, 3, 0)), mapped.entries());
    assertEquals(List.of(), table.without(1, 0).entries());
  }
}
