// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A GHCB page is where the hypervisor writes for a guest: only where the guest may write itself.
 */
@RequiresKvm
class GhcbRegistrationTest {
  private static final long REFUSED = 0xffff_ffff_ffff_f013L;

  @ParameterizedTest
  @ValueSource(
      longs = {
        0x0, // never the guest's
        0x800000, // the validator's
        0x882000,
        0xf00000, // the validator's tables
        0xf10000,
        FREE, // kernel memory
        0x1800000, // past the end of memory
        0x7fff_ffff_f000L,
        0xffff_ffff_ffff_f000L
      })
  void pageThatTheGuestMayNotWrite_isRefused_andTheOldOneServesOn(long gpa) {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("registers_ghcb"), gpa).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, REFUSED), result.driverStatus());
    }
  }

  @Test
  void pageOfTheGuestsOwn_isAccepted() {
    long gpa = 0x82000; // the one that it has already
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("registers_ghcb"), gpa).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, gpa | 0x013), result.driverStatus());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0x3000, 0x800000, 0xf00000, FREE, 0x1800000})
  void eventInAPageThatIsNotRegistered_fails_andNothingIsWrittenThere(long gpa) {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("uses_ghcb"), gpa).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(
          result.message().contains("GHCB page 0x" + Long.toHexString(gpa)), result::message);
    }
  }
}
