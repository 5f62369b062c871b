// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * An exception or an interrupt of a driver whose stack its level may not write. Where KVM says so
 * (kernels newer than 6.12, not kvm_pvm) that is a write like any other. Elsewhere there is no
 * event, or none that arrives; nothing is written there either.
 */
@RequiresKvm
class EventDeliveryTest {
  private static final long STACK = 0x800;
  private static final long RMPQUERY = 0;
  private static final long INT = 1;
  private static final long INTERRUPT = 2;
  private static final long PUSH = 3;
  private static final long PUSH_AND_INT = 5;

  private static TestMachine machine(Detection detection, long page, long event) {
    return with(page, event).detection(detection).build();
  }

  private static TestMachine.Builder with(long page, long event) {
    return TestMachine.with().driver(Payloads.driver("moves_stack"), page + STACK, event);
  }

  private static List<Operation> write(long page, Verdict verdict, int owner) {
    return List.of(new Operation(DRIVER, Access.WRITE, page + STACK - 8, 1, 0, verdict, owner));
  }

  @ParameterizedTest
  @EnumSource(
      value = Detection.class,
      names = {"TRAP", "REFLECT"})
  void exceptionWhoseStackIsAllowed_isHandled_andTheDriverGoesOn(Detection detection) {
    try (TestMachine machine = machine(detection, FREE, RMPQUERY)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 7L), result.driverStatus());
      boolean judged = !result.operations().isEmpty();
      assertEquals(judged ? write(FREE, Verdict.ALLOWED, DRIVER) : List.of(), result.operations());
      assertEquals(judged, machine.memory().getLong(FREE + STACK - 8) != 0);
    }
  }

  /** KVM delivers it anew, but does not tell that it is going to. */
  @Test
  void softwareInterruptWhoseStackIsAllowed_isHandled() {
    try (TestMachine machine = machine(Detection.TRAP, FREE, INT)) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome()); // nobody knows the interrupt
      boolean judged = !result.operations().isEmpty();
      assertEquals(judged ? write(FREE, Verdict.ALLOWED, DRIVER) : List.of(), result.operations());
      assertTrue(
          result.message().contains(judged ? "panicked: exception 50" : "cannot emulate cd 32"),
          result::message);
    }
  }

  /** The push was judged and done; the interrupt's frame goes to the same page. */
  @ParameterizedTest
  @EnumSource
  void softwareInterruptOnAStackThatWasGranted_isHandled(GrantKind grant) {
    try (TestMachine machine =
        with(FREE, PUSH_AND_INT).enforcement(EnforcementKind.SLOTS).grant(grant).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome()); // nobody knows the interrupt
      boolean emulated = Host.detect().emulatesSupervisor(); // which knows no such instruction
      assertTrue(
          result.message().contains(emulated ? "cannot emulate cd 32" : "panicked: exception 50"),
          result::message);
    }
  }

  /** The page fault of the push, of which the guest kernel is to hear, needs the same page. */
  @ParameterizedTest
  @EnumSource
  void pushOntoAClosedPage_isJudgedAsAStore_butWithFaultEndsTheMachine(Detection detection) {
    try (TestMachine machine = machine(detection, FREE, PUSH)) {
      RunResult result = machine.run();

      boolean done = detection == Detection.TRAP; // with interrupts off nobody else is told
      assertEquals(
          detection == Detection.FAULT ? Outcome.FAILED : Outcome.COMPLETED,
          result.outcome(),
          result.message());
      assertEquals(done ? 0x42 : 0, machine.memory().getLong(FREE + STACK - 8));
    }
  }

  @Test
  void exceptionWhoseStackIsRefused_endsTheMachine() {
    long page = RESTRICTED.start();
    try (TestMachine machine = machine(Detection.TRAP, page, RMPQUERY)) {
      RunResult result = machine.run();

      boolean judged = !result.operations().isEmpty();
      assertEquals(judged ? write(page, Verdict.RESTRICTED, 0) : List.of(), result.operations());
      assertEquals(judged ? Outcome.FAILED : Outcome.COMPLETED, result.outcome());
      assertTrue(
          result
              .message()
              .startsWith(
                  judged
                      ? "vcpu0-vmpl1 cannot deliver an event: its write of gpa 0x14007f8 is refused"
                          + " (restricted); at rip 0x"
                      : ""),
          result::message);
      assertEquals(0, machine.memory().getLong(page + STACK - 8));
    }
  }

  /** kvm_amd tries to deliver it until the time limit comes. */
  @Test
  void interruptWhoseStackIsRefused_doesNotArrive_andNothingIsWritten() {
    long page = RESTRICTED.start();
    Duration limit = Duration.ofSeconds(2);
    try (TestMachine machine = with(page, INTERRUPT).timeLimit(limit).build()) {
      RunResult result = machine.run();

      assertNotEquals(Outcome.COMPLETED, result.outcome());
      boolean judged = !result.operations().isEmpty();
      assertEquals(judged ? write(page, Verdict.RESTRICTED, 0) : List.of(), result.operations());
      assertEquals(0, machine.memory().getLong(page + STACK - 8));
    }
  }
}
