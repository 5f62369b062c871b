// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SNP_AP_CREATION for vCPUs of other processors: on INIT, and taken away again. */
@RequiresKvm
class VcpuElsewhereTest {
  private static final List<Integer> SECOND = List.of(1);

  @Test
  void vcpuThatIsCreatedOnInit_startsWithIt_andOnce() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("creates_on_init"))
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, SECOND, FREE, 8L, 0x42L)
            .driver(BuiltInPayload.STORE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      // Accepted; INIT for nobody refused; not started; INIT accepted; nothing left to start.
      assertEquals(List.of(0L, 0x02002L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void vcpuThatIsTakenFromALoopingDriver_isFreeForTheNext() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("destroys"))
            .driver(Payloads.driver("loops"), Vmpl.VMPL2, SECOND)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(2), FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  /** What the driver before was about to be told, #VC here, would lead its start astray. */
  @Test
  void vcpuThatIsTaken_startsAnewWithNothingPending() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("takes_often"))
            .driver(Payloads.driver("asks_about_absent_page"), Vmpl.VMPL1, SECOND, FREE)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, List.of(2))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(200, result.driverStatus().getLast());
    }
  }
}
