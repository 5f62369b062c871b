// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The flow is the same whatever is kept of it. */
@RequiresKvm
class RecordingTest {
  private static TestMachine machine(Recording recording) {
    return TestMachine.with()
        .driver(BuiltInPayload.DISK, FREE, RESTRICTED.start(), OTHERS.start())
        .recording(recording)
        .build();
  }

  @ParameterizedTest
  @EnumSource
  void memoryExitsStatusAndTables_areTheSame(Recording recording) {
    try (TestMachine recorded = machine(Recording.STEPS);
        TestMachine machine = machine(recording)) {
      RunResult expected = recorded.run();

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(expected.exits(), result.exits());
      assertEquals(expected.driverStatus(), result.driverStatus());
      assertEquals(expected.after(), result.after());
      assertEquals(
          -1,
          recorded
              .memory()
              .slice(MemoryLayout.PAYLOADS.kernelMemory(), 8 << 20)
              .mismatch(machine.memory().slice(MemoryLayout.PAYLOADS.kernelMemory(), 8 << 20)));
      assertEquals(0x1122334455667788L, machine.memory().getLong(FREE));
    }
  }

  @Test
  void operations_areTheJudgedOnes_andNoSteps() {
    try (TestMachine machine = machine(Recording.OPERATIONS)) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.RESTRICTED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(List.of(), result.steps());
    }
  }

  @Test
  void nothing_isNothing() {
    try (TestMachine machine = machine(Recording.NOTHING)) {
      RunResult result = machine.run();

      assertEquals(List.of(), result.operations());
      assertEquals(List.of(), result.steps());
    }
  }
}
