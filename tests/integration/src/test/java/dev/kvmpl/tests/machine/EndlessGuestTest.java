// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
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
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@RequiresKvm
@Tag("endless-guest")
class EndlessGuestTest {
  private static final Duration LIMIT = Duration.ofMillis(500);

  private static Set<String> vcpuThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("vcpu"))
        .collect(Collectors.toSet());
  }

  private static void assertTimesOut(TestMachine machine) {
    RunResult result = machine.run();

    assertEquals(Outcome.TIMED_OUT, result.outcome());
    // On a slow host it is looked at often enough to say where it loops.
    assertTrue(result.message().startsWith("not done after 500 ms"), result::message);
    assertEquals(Set.of(), vcpuThreads());
  }

  @Test
  void driverThatLoops_isStopped_andTheThreadsAreGone() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("loops")).timeLimit(LIMIT).build()) {
      assertTimesOut(machine);
    }
  }

  @Test
  void validatorThatLoops_isStopped_andTheThreadsAreGone() {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator("loops"))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .timeLimit(LIMIT)
            .build()) {
      assertTimesOut(machine);

      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  @Test
  void operationsBeforeTheTimeout_areInTheResult() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .driver(Payloads.driver("loops"))
            .timeLimit(LIMIT.multipliedBy(4)) // a busy host is slow with what comes first
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.TIMED_OUT, result.outcome());
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE, 8, 1, Verdict.ALLOWED, DRIVER)),
          result.operations());
    }
  }

  @Test
  void interruptedCaller_stopsTheMachine() throws Exception {
    try (TestMachine machine = TestMachine.with().driver(Payloads.driver("loops")).build()) {
      Thread.currentThread().interrupt();

      assertThrows(IllegalStateException.class, machine::run); // TestMachine's, for the interrupt

      assertEquals(Set.of(), vcpuThreads());
    }
  }
}
