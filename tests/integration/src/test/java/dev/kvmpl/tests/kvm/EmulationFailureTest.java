// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import org.junit.jupiter.api.Test;

@RequiresKvm
class EmulationFailureTest {
  @Test
  void storeThatKvmCannotEmulate_isAnInternalErrorWithItsBytes() {
    // 0f ae 07    fxsave (%rdi)
    try (SmallGuest guest = SmallGuest.running("0f ae 07 f4").mapPage(true)) {
      VcpuExit.KvmInternalError exit =
          assertInstanceOf(VcpuExit.KvmInternalError.class, guest.vcpu().run());

      assertEquals(1, exit.suberror());
      assertTrue(exit.instruction().startsWith("0f ae 07"), exit::instruction);
      assertTrue(exit.isEmulationOf(new byte[] {0x0f, (byte) 0xae, 0x07}));
      assertFalse(exit.isEmulationOf(new byte[] {0x0f, (byte) 0xae, 0x06}));
      assertEquals(SmallGuest.CODE, guest.vcpu().registers().rip());
    }
  }
}
