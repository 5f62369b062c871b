// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
      guest.vm().exitOnMsrsBut(List.of());

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
      guest.vm().exitOnMsrsBut(List.of());
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
      guest.vm().exitOnMsrsBut(List.of());
      VcpuExit.WriteMsr exit = assertInstanceOf(VcpuExit.WriteMsr.class, guest.vcpu().run());

      exit.refuse();

      assertInstanceOf(VcpuExit.Shutdown.class, guest.vcpu().run());
    }
  }

  /** The first and last of what KVM serves, and their neighbours. */
  @ParameterizedTest
  @CsvSource({
    "0x10, 10 00 00 00, false",
    "0x11, 11 00 00 00, true",
    "0x17, 17 00 00 00, true",
    "0xc00000ff, ff 00 00 c0, true",
    "0xc0000100, 00 01 00 c0, false",
    "0xc0000102, 02 01 00 c0, false",
    "0xc0000103, 03 01 00 c0, true"
  })
  void msr_isAnExit_unlessItIsServed(String msr, String bytes, boolean exits) {
    // b9 ..             mov $msr, %ecx
    // 0f 32             rdmsr
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("b9 " + bytes + " 0f 32 f4")) {
      guest.vm().exitOnMsrsBut(List.of(new MsrRange(0x10, 1), new MsrRange(0xc0000100, 3)));

      VcpuExit exit = guest.vcpu().run();

      if (exits) {
        assertEquals(
            Integer.parseUnsignedInt(msr.substring(2), 16),
            assertInstanceOf(VcpuExit.ReadMsr.class, exit).index());
      } else {
        assertInstanceOf(VcpuExit.Halt.class, exit);
      }
    }
  }

  @Test
  void filter_isTheLastOne() {
    // b9 10 00 00 00    mov $0x10, %ecx (TSC)
    // 0f 32             rdmsr
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("b9 10 00 00 00 0f 32 f4")) {
      guest.vm().exitOnMsrsBut(List.of(new MsrRange(0x10, 1)));
      guest.vm().exitOnMsrsBut(List.of());

      assertInstanceOf(VcpuExit.ReadMsr.class, guest.vcpu().run());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 0x3001})
  void rangeThatAFilterCannotHold_isRefused(int count) {
    assertThrows(IllegalArgumentException.class, () -> new MsrRange(0x10, count));
  }
}
