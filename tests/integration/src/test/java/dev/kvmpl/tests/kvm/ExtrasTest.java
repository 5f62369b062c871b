// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_NESTED_STATE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_PRE_FAULT_MEMORY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_X86_SMM;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.kvm.VcpuExtras;
import dev.kvmpl.kvm.cpu.NestedState;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.VcpuEvents;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.junit.jupiter.api.Test;

@RequiresKvm
class ExtrasTest {
  @Test
  void nestedState_canBePutAsideAndBack_whereTheHostHasIt() {
    try (BareGuest guest = BareGuest.running("f4")) {
      VcpuExtras extras = guest.vcpu().extras();
      if (guest.kvm().fd().extension(KVM_CAP_NESTED_STATE()) == 0) {
        String errno = Refusal.of(extras::nestedState);
        assertTrue(Set.of("EINVAL", "ENOTTY").contains(errno), errno);
        return;
      }
      NestedState state = extras.nestedState();
      extras.nestedState(state);
      assertEquals(state.size(), state.toByteArray().length);
    }
  }

  @Test
  void smi_isTaken_whereTheHostHasTheMode() {
    try (BareGuest guest = BareGuest.running("f4")) {
      if (guest.kvm().fd().extension(KVM_CAP_X86_SMM()) == 0) {
        assertEquals("ENOTTY", Refusal.of(guest.vcpu().extras()::smi));
        return;
      }
      guest.vcpu().extras().smi();
      assertTrue(guest.vcpu().get(new VcpuEvents()).smiPending());
    }
  }

  @Test
  void clockThatTheGuestDoesNotUse_cannotHaveStopped() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals("EINVAL", Refusal.of(guest.vcpu().extras()::clockStopped));
    }
  }

  @Test
  void accessesToTpr_canBeReported() {
    try (BareGuest guest =
        BareGuest.handling("f4", "f4", vm -> vm.interrupts().createController())) {
      guest.vcpu().extras().reportTprAccess(true);
      guest.vcpu().extras().reportTprAccess(false);
    }
  }

  @Test
  void machineCheck_withoutBanks_isRefused() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals(
          "EINVAL", Refusal.of(() -> guest.vcpu().extras().machineCheck(99, 1L << 63, 0, 0, 0)));
    }
  }

  @Test
  void memory_canBeReadyBefore_whereTheHostCan() {
    try (BareGuest guest = BareGuest.running("f4")) {
      if (guest.vm().fd().extension(KVM_CAP_PRE_FAULT_MEMORY()) == 0) {
        String errno = Refusal.of(() -> guest.vcpu().extras().preFault(0, 0x1000));
        assertTrue(Set.of("ENOTTY", "EOPNOTSUPP", "EINVAL").contains(errno), errno);
        return;
      }
      assertEquals(0, guest.vcpu().extras().preFault(0, 0x1000));
    }
  }

  @Test
  void cr8_isTheGuests_whereTheLocalApicIsNotKvms() {
    // 44 0f 22 c0    mov %rax, %cr8
    // f4             hlt
    try (BareGuest guest = BareGuest.running("44 0f 22 c0 f4")) {
      guest.vcpu().registers().rax(5);
      guest.vcpu().setRegisters();

      VcpuExit exit = guest.vcpu().run();

      if (exit instanceof OptInExit.SetTpr tpr) {
        assertEquals(5, tpr.cr8());
        exit = guest.vcpu().run();
      }
      assertInstanceOf(VcpuExit.Halt.class, exit);
      assertEquals(5, guest.vcpu().extras().cr8());
      assertEquals(0, guest.vcpu().extras().flags());
    }
  }

  @Test
  void runArea_isAllThatKvmMaps_untilTheVcpuIsClosed() {
    BareGuest guest = BareGuest.running("f4");
    try (guest) {
      MemorySegment area = guest.vcpu().extras().runArea();

      guest.vcpu().run();

      assertEquals(guest.kvm().vcpuMmapSize(), area.byteSize());
      assertEquals(5, kvm_run.exit_reason(area)); // KVM_EXIT_HLT
      guest.vcpu().close();
      assertThrows(IllegalStateException.class, () -> kvm_run.exit_reason(area));
    }
  }

  @Test
  void immediateExit_isBeforeTheGuestRuns() {
    try (BareGuest guest = BareGuest.running("90 f4")) {
      guest.vcpu().extras().immediateExit(true);
      assertInstanceOf(VcpuExit.Interrupted.class, guest.vcpu().run());
      assertEquals(BareGuest.CODE, guest.vcpu().registers().rip());

      guest.vcpu().extras().immediateExit(false);
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }
}
