// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Detection fault and stores across a page's end: whole or not at all where the CPU executes the
 * driver; where KVM emulates it, or the CPU stores in several steps, a part that has landed ends
 * the machine unless it does no harm.
 */
@RequiresKvm
class FaultedCrossingTest {
  private static final long PAGE_END = FREE + PageRange.PAGE_SIZE;
  private static final boolean EMULATED = Host.detect().emulatesSupervisor();

  /** Not those that store to the stack, onto which the page fault is delivered too. */
  private static List<StoreOfForm> forms() {
    return Arrays.stream(StoreOfForm.values())
        .filter(form -> !form.usesStack())
        .filter(form -> form != StoreOfForm.SET && form != StoreOfForm.MOVQ)
        .toList();
  }

  private static TestMachine machine(StoreOfForm form, long to, long opened) {
    return TestMachine.with()
        .detection(Detection.FAULT)
        .driver(Payloads.driver("executes"), form.code(to).opening(opened, 0))
        .build();
  }

  private static void assertWhole(
      StoreOfForm form, TestMachine machine, RunResult result, long to) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(List.of(0L, 0L), result.driverStatus());
    if (form.isKnown()) {
      assertArrayEquals(form.stored(), machine.memory().read(to, form.size()));
    }
  }

  private static void assertLanded(RunResult result) {
    assertEquals(Outcome.FAILED, result.outcome());
    assertTrue(result.message().contains("across a page's end"), result::message);
    assertTrue(result.message().contains("driver 2"), result::message);
  }

  /** Both pages are judged and opened before it is executed anew, which is once. */
  @ParameterizedTest
  @MethodSource("forms")
  void storeIntoTwoPagesThatAreGranted_isDoneOnce(StoreOfForm form) {
    long to = PAGE_END - form.size() / 2;
    try (TestMachine machine = machine(form, to, 0)) {
      RunResult result = machine.run();

      assertWhole(form, machine, result, to);
      assertEquals(
          List.of(FREE, PAGE_END),
          result.operations().stream().map(o -> o.gpa() & -PageRange.PAGE_SIZE).toList());
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void storeOfWhichTheSecondPageIsRefused_doesNotLandAtAll(StoreOfForm form) {
    long to = RESTRICTED.start() - form.size() / 2;
    try (TestMachine machine = machine(form, to, 0)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().getLast());
      assertArrayEquals(new byte[form.size()], machine.memory().read(to, form.size()));
      assertTrue(
          result.operations().stream()
              .map(Operation::verdict)
              .allMatch(Verdict.RESTRICTED::equals));
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void storeFromAPageThatIsGrantedIntoAnOpenOne_isDoneOnce(StoreOfForm form) {
    long to = PAGE_END - form.size() / 2;
    try (TestMachine machine = machine(form, to, PAGE_END + 0x800)) {
      assertWhole(form, machine, machine.run(), to);
    }
  }

  /** Emulated, it is executed twice: a plain store does the same again. */
  @ParameterizedTest
  @MethodSource("forms")
  void storeFromAnOpenPageIntoOneThatIsGranted_isWhole_orEndsTheMachine(StoreOfForm form) {
    long to = PAGE_END - form.size() / 2;
    try (TestMachine machine = machine(form, to, FREE)) {
      RunResult result = machine.run();

      if (EMULATED && form.isReadModifyWrite()) {
        assertLanded(result);
      } else {
        assertWhole(form, machine, result, to);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void refusedStoreFromAnOpenPage_doesNotLandAtAll_orEndsTheMachine(StoreOfForm form) {
    long to = RESTRICTED.start() - form.size() / 2;
    int inSecond = form.size() - form.size() / 2;
    try (TestMachine machine = machine(form, to, RESTRICTED.start() - 0x800)) {
      RunResult result = machine.run();

      if (EMULATED || form.isInSteps()) {
        assertLanded(result);
        assertArrayEquals(new byte[inSecond], machine.memory().read(RESTRICTED.start(), inSecond));
      } else {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().getLast());
        assertArrayEquals(new byte[form.size()], machine.memory().read(to, form.size()));
      }
    }
  }
}
