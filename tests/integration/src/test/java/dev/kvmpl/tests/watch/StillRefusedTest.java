// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.watch;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SvsmCalls;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What VMPL0 cannot open, is not asked for, or is asked for in another way, stays refused. */
@RequiresKvm
class StillRefusedTest {
  private static final long LIST = 0x3e0000; // unused, in VMPL1's own memory

  @Test
  void pageForWhichThereIsNoSlot_isRefused() {
    try (TestMachine machine =
        Watching.with()
            .enforcement(EnforcementKind.SLOTS)
            .driver(BuiltInPayload.STORE, RESTRICTED.start(), 8L, 1L)
            .build()
            .withSlots(0)) {
      assertEquals(List.of(Verdict.MAP_FULL), Watching.verdicts(machine.run()));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  @Test
  void answerThatTheDatabaseDoesNotBearOut_isRefused() {
    try (TestMachine machine =
        Watching.with()
            .validator(Payloads.validator("says_yes"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      assertEquals(List.of(Verdict.NOT_GRANTED), Watching.verdicts(machine.run()));
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  @Test
  void storeOfWhichNobodyAsks_isRefused() {
    try (TestMachine machine =
        Watching.with()
            .withoutOthers()
            .detection(Detection.REFLECT)
            .kernel(Payloads.kernel("ignores_reflection"))
            .driver(BuiltInPayload.STORE, RESTRICTED.start(), 8L, 1L, RESTRICTED.start(), 8L, 2L)
            .build()) {
      assertEquals(
          List.of(Verdict.NOT_DETECTED, Verdict.NOT_DETECTED), Watching.verdicts(machine.run()));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  /** Taking a page away or giving it away is no access that anybody wants to see done. */
  @Test
  void callsAboutWhatIsNotTheDrivers_areRefused() {
    SvsmCalls calls = SvsmCalls.with().pvalidate(LIST).transfer(OTHERS.start(), OTHERS.length(), 2);
    try (TestMachine machine =
        Watching.with().driver(Payloads.driver("calls_svsm"), calls.arguments()).build()) {
      SvsmCalls.writeList(machine.memory(), LIST, RESTRICTED.start());

      RunResult result = machine.run();

      assertEquals(
          List.of(SvsmCalls.INVALID_ADDRESS, Verdict.OWNED_BY_OTHER.code()),
          calls.results(machine.memory(), Vmpl.VMPL1, 1));
      assertEquals(result.before().ownership(), result.after().ownership());
    }
  }
}
