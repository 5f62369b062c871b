// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.exit.VcpuExit.KvmInternalError;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What KVM reports of events, where a slot does not allow what comes with them or after them. In
 * kernels newer than 6.12 it is an error of its own (DELIVERY_EV), which kvm_amd raises for an
 * event that is over as well.
 */
@RequiresKvm
class EventDeliveryTest {
  /** Runs the vCPU, once more if KVM only thinks that an event is under delivery. */
  private static VcpuExit runOn(Vcpu vcpu) {
    VcpuExit exit = vcpu.run();
    if (exit instanceof KvmInternalError error && error.isEventDelivery()) {
      assertFalse(vcpu.deliversEvent());
      assertEquals(SmallGuest.PAGE, error.gpa());
      assertTrue(error.isWrite());
      assertEquals(SmallGuest.HANDLER + 5, vcpu.registers().rip());
      return vcpu.run();
    }
    return exit;
  }

  /** The second time, all that leads to the handler is there, and its store the first exit. */
  @Test
  void storeOfAHandler_isAnExitOnce_whateverIsSaidOfTheEventBefore() {
    // 0f 0b             ud2
    // 0f 0b             ud2
    // f4                hlt
    //
    // 48 83 04 24 02    addq $2, (%rsp)
    // 48 89 07          mov %rax, (%rdi)
    // 48 cf             iretq
    try (SmallGuest guest =
        SmallGuest.handling("0f 0b 0f 0b f4", "48 83 04 24 02 48 89 07 48 cf")) {
      guest.mapPage(true);

      VcpuExit first = runOn(guest.vcpu());
      assertEquals(SmallGuest.PAGE, assertInstanceOf(VcpuExit.Mmio.class, first).gpa());
      VcpuExit second = runOn(guest.vcpu());
      assertEquals(SmallGuest.PAGE, assertInstanceOf(VcpuExit.Mmio.class, second).gpa());

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      assertFalse(guest.vcpu().deliversEvent());
    }
  }

  /**
   * With 6.12 and before, and with kvm_pvm, the guest ends in other ways. Where the error is
   * raised, nothing has happened yet, and it is raised until the stack is there.
   */
  @ParameterizedTest
  @CsvSource({"0f 0b, ud2, true, 0", "cd 40, int $0x40, false, 2"})
  void eventThatHasNoStack_isDeliveredOnceItHas(
      String instruction, String disassembly, boolean told, int length) {
    // bc f0 07 10 00    mov $0x1007f0, %esp
    // ..
    // f4                hlt
    //
    // f4                hlt
    try (SmallGuest guest = SmallGuest.handling("bc f0 07 10 00" + instruction + "f4", "f4")) {
      guest.mapPage(true);

      VcpuExit exit = guest.vcpu().run();

      assertTrue(exit instanceof KvmInternalError || exit instanceof VcpuExit.Shutdown, exit::name);
      if (exit instanceof KvmInternalError error && error.isEventDelivery()) {
        assertEquals(SmallGuest.PAGE + 0x7e8, error.gpa(), disassembly);
        assertTrue(error.isWrite());
        assertEquals(told, guest.vcpu().deliversEvent());
        assertTrue(guest.vcpu().run() instanceof KvmInternalError again && again.isEventDelivery());

        guest.unmapPage().mapPage(false);

        assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
        assertEquals(SmallGuest.HANDLER + 1, guest.vcpu().registers().rip());
        assertEquals(SmallGuest.PAGE + 0x7c8, guest.vcpu().registers().rsp());
        assertEquals(
            SmallGuest.HANDLED + 5 + length, guest.memory().getLong(SmallGuest.PAGE + 0x7c8));
      }
    }
  }
}
