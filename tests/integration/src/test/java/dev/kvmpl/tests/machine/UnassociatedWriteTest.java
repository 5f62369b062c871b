// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who writes is what the hypervisor has recorded, not what the guest says. */
@RequiresKvm
class UnassociatedWriteTest {
  @Test
  void writeOfTheGuestKernelItself_hasNoDriver_andIsRefused() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("stores"))
            .driver(BuiltInPayload.STORE, FREE, 0x42L)
            .build()) {
      RunResult result = machine.run();

      if (TestMachine.PENDING) { // by an exception that it is not ready for
        assertEquals(Outcome.FAILED, result.outcome());
        assertTrue(result.message().contains("exception 13, error code 0xfffc"), result::message);
      } else {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        assertEquals(List.of(Verdict.NO_DRIVER.code()), result.driverStatus());
      }
      assertEquals(
          List.of(new Operation(0, Access.WRITE, FREE, 8, 0x42, Verdict.NO_DRIVER, 0)),
          result.operations());
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }
}
