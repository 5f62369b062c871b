// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.tests.support.SmallGuest.PAGE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** KVM offers guests nothing by which they could have it write their memory. */
@RequiresKvm
class HostInterfaceTest {
  private static final int EBX = 1;
  private static final int ECX = 2;
  private static final int EDX = 3;
  private static final long KVM_ENOSYS = 1000; // linux/kvm_para.h

  /** EAX, EBX, ECX, EDX. */
  private static int[] cpuid(int leaf) {
    // 0f a2             cpuid
    // 89 07             mov %eax, (%rdi)
    // 89 5f 04          mov %ebx, 4(%rdi)
    // 89 4f 08          mov %ecx, 8(%rdi)
    // 89 57 0c          mov %edx, 12(%rdi)
    // f4                hlt
    try (SmallGuest guest = SmallGuest.running("0f a2 89 07 89 5f 04 89 4f 08 89 57 0c f4")) {
      guest.mapPage(false).registers(PAGE, leaf);
      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
      return guest.memory().slice(PAGE, 4 * Integer.BYTES).toArray(JAVA_INT);
    }
  }

  @Test
  void cpuid_namesNoHypervisorAsThePartner() {
    assertArrayEquals(new int[] {0x40000000, 0, 0, 0}, cpuid(0x40000000));
    assertArrayEquals(new int[4], cpuid(0x40000001));
  }

  @Test
  void cpuid_hasNeitherVirtualizationNorRecordsInMemory() {
    int[] features = cpuid(1);
    int[] structured = cpuid(7);
    int[] extended = cpuid(0x80000001);

    assertEquals(0, features[ECX] & (1 << 2 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 15));
    assertEquals(0, features[EDX] & 1 << 21);
    assertEquals(0, structured[EBX] & (1 << 2 | 1 << 25));
    assertEquals(0, structured[ECX] & 1 << 30);
    assertEquals(0, extended[ECX] & (1 << 2 | 1 << 12));
    assertEquals(1 << 29, extended[EDX] & 1 << 29, "long mode is not lost with the rest");
  }

  /**
   * The CPU's own one is answered: there is no such call. The other vendor's is #UD. (kvm_pvm would
   * try to replace them for ever.)
   */
  @ParameterizedTest
  @CsvSource({
    "0f 01 c1, false, vmcall",
    "0f 01 c1, true, vmcall in read-only memory",
    "0f 01 d9, false, vmmcall",
    "0f 01 d9, true, vmmcall in read-only memory"
  })
  void hypercall_isUnknown_andItsBytesStay(String instruction, boolean readOnly, String name) {
    assertTimeoutPreemptively(
        Duration.ofMinutes(1), () -> assertUnknown(instruction + " c3", readOnly), name);
  }

  private static void assertUnknown(String instructions, boolean readOnly) {
    // 48 8d 25 f9 0f 00 00   lea 0xff9(%rip), %rsp
    // ff d7                  call *%rdi
    // f4                     hlt
    byte[] called = HexFormat.ofDelimiter(" ").parseHex(instructions);
    try (SmallGuest guest = SmallGuest.running("48 8d 25 f9 0f 00 00 ff d7 f4")) {
      guest.memory().write(PAGE, called);
      guest.mapPage(readOnly);

      VcpuExit exit = guest.vcpu().run();

      assertArrayEquals(called, guest.memory().read(PAGE, called.length));
      if (!(exit instanceof VcpuExit.Shutdown)) { // #UD: there is no handler
        assertInstanceOf(VcpuExit.Halt.class, exit);
        assertEquals(-KVM_ENOSYS, guest.vcpu().registers().rax());
      }
    }
  }

  /** Without an interrupt controller there are none, so that no filter is needed. */
  @ParameterizedTest
  @CsvSource({"0f 30, wrmsr", "0f 32, rdmsr"})
  void msrOfTheX2apic_isAnException(String instruction, String name) {
    // b9 30 08 00 00    mov $0x830, %ecx (ICR)
    // 31 d2             xor %edx, %edx
    try (SmallGuest guest = SmallGuest.running("b9 30 08 00 00 31 d2 " + instruction + " f4")) {
      assertInstanceOf(VcpuExit.Shutdown.class, guest.vcpu().run(), name);
    }
  }
}
