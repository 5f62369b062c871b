// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_EXIT_REASON_FILTER;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_EXIT_REASON_UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.cpu.MsrFilter;
import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.kvm.cpu.Msrs;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@RequiresKvm
class MsrsTest {
  private static final int STAR = 0xc0000081;
  private static final int TSC = 0x10;
  private static final int NOWHERE = 0x12345678;

  @Test
  void lists_haveWhatEveryHostHas() {
    try (Kvm kvm = Kvm.open()) {
      assertTrue(kvm.msrIndices().containsAll(List.of(TSC, STAR)));
      List<Integer> features = kvm.featureMsrIndices();
      assertFalse(features.isEmpty());
      assertEquals(1, kvm.getMsrs(new Msrs(features.get(0))));
    }
  }

  @Test
  void values_areWhatTheyWereSetTo() {
    try (BareGuest guest = BareGuest.running("f4")) {
      Msrs set = Msrs.of(List.of(STAR));
      set.value(0, 0x0023_0010_0000_0000L);

      assertEquals(1, guest.vcpu().setMsrs(set));

      Msrs got = new Msrs(STAR, TSC);
      assertEquals(2, guest.vcpu().getMsrs(got));
      assertEquals(0x0023_0010_0000_0000L, got.value(0));
      assertEquals(STAR, got.index(0));
      assertNotEquals(0, got.value(1));
    }
  }

  @Test
  void values_areTheGuests() {
    // b9 81 00 00 c0    mov $0xc0000081, %ecx
    // 0f 32             rdmsr
    // f4                hlt
    try (BareGuest guest = BareGuest.running("b9 81 00 00 c0 0f 32 f4")) {
      Msrs star = new Msrs(STAR);
      star.value(0, 0x0023_0010_0000_0000L);
      guest.vcpu().setMsrs(star);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());

      assertEquals(0x0023_0010L, guest.vcpu().registers().rdx());
    }
  }

  @Test
  void transfer_endsAtTheFirstThatIsRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals(1, guest.vcpu().getMsrs(new Msrs(TSC, NOWHERE, STAR)));
      assertEquals(0, guest.vcpu().setMsrs(new Msrs(NOWHERE)));
    }
  }

  @Test
  void accessToWhatKvmDoesNotKnow_isAnExit_ifItIsAskedFor() {
    // b9 78 56 34 12    mov $0x12345678, %ecx
    // 0f 32             rdmsr
    // f4                hlt
    try (BareGuest guest = BareGuest.running("b9 78 56 34 12 0f 32 f4")) {
      guest.vm().exitOnMsrs(KVM_MSR_EXIT_REASON_UNKNOWN());

      VcpuExit.ReadMsr exit = assertInstanceOf(VcpuExit.ReadMsr.class, guest.vcpu().run());

      assertEquals(KVM_MSR_EXIT_REASON_UNKNOWN(), exit.reason());
      assertEquals("X86_RDMSR 0x12345678 reason=0x2", exit.toString());
      exit.answer(5);
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertEquals(5, guest.vcpu().registers().rax());
    }
  }

  /** Reads alone, of one MSR of a range; writes go through. */
  @ParameterizedTest
  @CsvSource({"32, true, rdmsr", "30, false, wrmsr"})
  void filter_isForReadsOrWrites(String opcode, boolean exits, String name) {
    // b9 81 00 00 c0    mov $0xc0000081, %ecx
    // 0f ..             rdmsr, or wrmsr
    // f4                hlt
    try (BareGuest guest = BareGuest.running("b9 81 00 00 c0 0f " + opcode + " f4")) {
      BitSet served = new BitSet();
      served.set(0); // 0xc0000080, but not the next
      guest.vm().exitOnMsrs(KVM_MSR_EXIT_REASON_FILTER());
      guest
          .vm()
          .filterMsrs(
              new MsrFilter(
                  true,
                  List.of(new MsrFilter.Range(new MsrRange(0xc0000080, 2), true, false, served))));

      VcpuExit exit = guest.vcpu().run();

      assertEquals(exits ? "X86_RDMSR" : "HLT", exit.name(), name);
    }
  }

  @Test
  void filter_canBeTakenAway() {
    // b9 81 00 00 c0    mov $0xc0000081, %ecx
    // 0f 32             rdmsr
    // f4                hlt
    try (BareGuest guest = BareGuest.running("b9 81 00 00 c0 0f 32 f4")) {
      guest.vm().exitOnMsrsBut(List.of());
      guest.vm().filterMsrs(MsrFilter.servingAll());

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }
}
