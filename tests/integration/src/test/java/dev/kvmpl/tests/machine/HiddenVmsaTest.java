// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A VMSA in memory that the guest kernel may not even read is not read for it. */
@RequiresKvm
class HiddenVmsaTest {
  private static final long BOOT_INFO = 0x81000;
  private static final long AP_CREATION = 0x80000013L;

  @ParameterizedTest
  @ValueSource(longs = {0x840000, 0x1800000, 0x7fff_ffff_f000L, -4096})
  void vmsaOutOfReach_isMalformed(long vmsaGpa) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("sends_event"))
            .driver(BuiltInPayload.STORE, AP_CREATION, 0x10001L, vmsaGpa)
            .build()) {
      GuestMemory memory = machine.memory();
      long driver = memory.getLong(BOOT_INFO + kvmpl_boot_info.drivers$offset()); // the first
      // A VMSA that would do, if it were read.
      memory.store(0x840000 + vmsa.vmpl$offset(), 1, 1);
      memory.putLong(
          0x840000 + vmsa.rip$offset(), memory.getLong(driver + kvmpl_driver.entry$offset()));
      memory.putLong(
          0x840000 + vmsa.rsp$offset(), memory.getLong(driver + kvmpl_driver.stack$offset()));
      memory.putLong(0x840000 + vmsa.rdi$offset(), driver);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(2L << 32 | 5), result.driverStatus());
    }
  }
}
