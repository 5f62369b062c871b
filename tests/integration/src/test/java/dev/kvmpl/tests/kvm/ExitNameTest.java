// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Exits are counted and reported under the API document's names. */
@RequiresKvm
class ExitNameTest {
  @ParameterizedTest
  @CsvSource({
    "88 07, MMIO, 'mov %al, (%rdi)'",
    "e6 10, IO, 'out %al, $0x10'",
    "f4, HLT, hlt",
    // no IDT: the exception's delivery faults, and so does the double fault's
    "0f 0b, SHUTDOWN, ud2",
    "b9 30 01 01 c0 0f 30, X86_WRMSR, 'mov $0xc0010130, %ecx; wrmsr'",
    "b9 30 01 01 c0 0f 32, X86_RDMSR, 'mov $0xc0010130, %ecx; rdmsr'"
  })
  void exit_hasTheNameOfTheApiDocument(String code, String name, String disassembly)
      throws ReflectiveOperationException {
    try (SmallGuest guest = SmallGuest.running(code)) {
      guest.vm().exitOnMsrsBut(List.of());

      VcpuExit exit = guest.vcpu().run();

      assertEquals(name, exit.name(), disassembly);
      Kvm.class.getMethod("KVM_EXIT_" + exit.name());
    }
  }
}
