// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

@RequiresKvm
class MsrFilterTest {
  private static final int MSR = 0xc0010130;

  @Test
  void write_isAnExitWithTheMsrAndItsValue() {
    // b9 30 01 01 c0    mov $0xc0010130, %ecx
    // ba 88 77 66 55    mov $0x55667788, %edx
    // b8 44 33 22 91    mov $0x91223344, %eax
    // 0f 30             wrmsr
    // f4                hlt
    try (SmallGuest guest =
        SmallGuest.running("b9 30 01 01 c0 ba 88 77 66 55 b8 44 33 22 91 0f 30 f4")) {
      guest.vm().exitOnMsr(MSR);

      VcpuExit.WriteMsr exit = assertInstanceOf(VcpuExit.WriteMsr.class, guest.vcpu().run());

      assertEquals(MSR, exit.index());
      assertEquals(0x5566778891223344L, exit.data());
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }

  @Test
  void read_isAnExit_andTheGuestGetsTheAnswer() {
    // b9 30 01 01 c0    mov $0xc0010130, %ecx
    // 0f 32             rdmsr
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("b9 30 01 01 c0 0f 32 f4")) {
      guest.vm().exitOnMsr(MSR);
      VcpuExit.ReadMsr exit = assertInstanceOf(VcpuExit.ReadMsr.class, guest.vcpu().run());
      assertEquals(MSR, exit.index());

      exit.answer(0x5566778891223344L);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      Registers registers = guest.vcpu().registers();
      assertEquals(0x91223344L, registers.rax());
      assertEquals(0x55667788L, registers.rdx());
    }
  }

  @Test
  void refusedWrite_isAnExceptionOfTheGuest_whichWithoutAHandlerIsATripleFault() {
    // b9 30 01 01 c0    mov $0xc0010130, %ecx
    // 0f 30             wrmsr
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("b9 30 01 01 c0 0f 30 f4")) {
      guest.vm().exitOnMsr(MSR);
      VcpuExit.WriteMsr exit = assertInstanceOf(VcpuExit.WriteMsr.class, guest.vcpu().run());

      exit.refuse();

      assertInstanceOf(VcpuExit.Shutdown.class, guest.vcpu().run());
    }
  }

  @Test
  void everyMsr_isAnExit_alsoOneThatKvmServes() {
    // b9 10 00 00 00    mov $0x10, %ecx (IA32_TIME_STAMP_COUNTER)
    // 0f 32             rdmsr
    // b9 30 01 01 c0    mov $0xc0010130, %ecx
    // 0f 32             rdmsr
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("b9 10 00 00 00 0f 32 b9 30 01 01 c0 0f 32 f4")) {
      guest.vm().exitOnMsr(MSR);
      guest.vm().exitOnEveryMsr();

      VcpuExit.ReadMsr first = assertInstanceOf(VcpuExit.ReadMsr.class, guest.vcpu().run());
      assertEquals(0x10, first.index());
      first.answer(0);
      VcpuExit.ReadMsr second = assertInstanceOf(VcpuExit.ReadMsr.class, guest.vcpu().run());
      assertEquals(MSR, second.index());
      second.answer(0);
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }

  @Test
  void otherMsr_isNoExit() {
    // b9 10 00 00 00    mov $0x10, %ecx (IA32_TIME_STAMP_COUNTER)
    // 0f 32             rdmsr
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("b9 10 00 00 00 0f 32 f4")) {
      guest.vm().exitOnMsr(MSR);

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }
}
