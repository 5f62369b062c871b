// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.KernelScript;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Pages by which VMPL2 talks to the hypervisor and to VMPL0, taken from it by VMPL1 after it has
 * begun: nothing is read or written there for it any more.
 */
@RequiresKvm
class LostPageTest {
  // VMPL2's on the second processor.
  private static final long GHCB = 0x4a2000;
  private static final long CALLING_AREA = 0x4a4000;
  private static final long SCRATCH = 0x5f0000;

  private static final byte PATTERN = 0x5a;
  private static final int READ = 1;
  private static final int ALL = 0xf;

  // What the driver "acts_when_told" is told.
  private static final long EVENT = 0;
  private static final long STORE = 1;
  private static final long CALL = 2;

  private static TestMachine machine(KernelScript script, long told) {
    return script
        .machine()
        .driver(
            Payloads.driver("acts_when_told"),
            Vmpl.VMPL2,
            List.of(1),
            SCRATCH,
            told,
            RESTRICTED.start())
        .build();
  }

  private static byte[] page(TestMachine machine, long gpa) {
    byte[] page = new byte[4096];
    for (int i = 0; i < page.length; i++) {
      page[i] = machine.memory().getByte(gpa + i);
    }
    return page;
  }

  private static byte[] pattern() {
    byte[] page = new byte[4096];
    Arrays.fill(page, PATTERN);
    return page;
  }

  /** What the exception's handler would put into the GHCB page is refused, too. */
  private static final String REFUSED_IN_ITS_HANDLER = "panicked: exception 13, error code 0xfffc";

  private static KernelScript takingGhcb(int left) {
    return KernelScript.with()
        .create(1)
        .await(1)
        .fill(GHCB)
        .rmpadjust(GHCB, 2, left)
        .write(SCRATCH, 1)
        .halt();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, READ})
  void ghcbPageThatTheLevelHasLost_isNotServed(int left) {
    try (TestMachine machine = machine(takingGhcb(left), EVENT)) {
      // What the driver writes there before it asks is a store to a page that is not its own.
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(
          result
              .message()
              .contains(
                  TestMachine.PENDING
                      ? REFUSED_IN_ITS_HANDLER
                      : "vcpu3-vmpl2 used GHCB page 0x4a2000, which it has not"),
          result::message);
      assertArrayEquals(pattern(), page(machine, GHCB));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, READ})
  void refusal_isNotWrittenToAGhcbPageThatTheLevelHasLost(int left) {
    KernelScript script = takingGhcb(left);
    try (TestMachine machine = machine(script, STORE)) {
      RunResult result = machine.run();

      if (TestMachine.PENDING) {
        assertEquals(Outcome.FAILED, result.outcome());
        assertTrue(result.message().contains(REFUSED_IN_ITS_HANDLER), result::message);
      } else {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      }
      assertEquals(Verdict.RESTRICTED, result.operations().getFirst().verdict());
      assertArrayEquals(pattern(), page(machine, GHCB));
    }
  }

  /** So that it is for the loss that the others are not served. */
  @Test
  void refusal_isWrittenToAGhcbPageThatTheLevelStillHas() {
    try (TestMachine machine = machine(takingGhcb(ALL), STORE)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Verdict.RESTRICTED.code(), machine.memory().getLong(GHCB + 0x1f8)); // RAX
    }
  }

  private static KernelScript takingCallingArea(int left) {
    return KernelScript.with()
        .create(1)
        .await(1)
        .rmpadjust(CALLING_AREA, 2, left)
        .write(SCRATCH, 1)
        .halt();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, READ})
  void callInACallingAreaThatTheLevelHasLost_isNotSeen(int left) {
    try (TestMachine machine = machine(takingCallingArea(left), CALL)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 6L), result.driverStatus()); // RAX as it was
      assertEquals(1, machine.memory().getByte(CALLING_AREA));
    }
  }

  @Test
  void callInACallingAreaThatTheLevelStillHas_isServed() {
    try (TestMachine machine = machine(takingCallingArea(ALL), CALL)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(0, machine.memory().getByte(CALLING_AREA));
    }
  }
}
