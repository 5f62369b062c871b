// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers at every level below the validator's. */
@RequiresKvm
class LevelsTest {
  private static final List<Integer> FIRST = List.of(0);

  @ParameterizedTest
  @EnumSource(names = {"VMPL1", "VMPL2", "VMPL3"})
  void driverOfALevel_isJudgedAndGrantedThere(Vmpl level) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, level, FIRST, FREE, 8L, 1L, RESTRICTED.start(), 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.RESTRICTED),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  @Test
  void grantAtALevel_opensNothingAtTheOthers() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, FIRST, FREE, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, FIRST, FREE + 8, 8L, 1L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL1, FIRST, FREE + 16, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(3, TestMachine.caught(result));
    }
  }

  /** VMPL0's, VMPL1's and the other low level's memory. */
  @ParameterizedTest
  @ValueSource(longs = {0x883000, 0x81000, 0x3ff000, 0x681000})
  void memoryOfOtherLevels_isNotEvenReadableAtVmpl2(long gpa) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, FIRST)
            .driver(Payloads.driver("reads"), Vmpl.VMPL2, FIRST, gpa)
            .build()) {
      machine.memory().putLong(gpa + 0x800, 1);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          TestMachine.PENDING ? Verdict.RESTRICTED.code() : 0L, result.driverStatus().getLast());
      assertEquals(
          List.of(Verdict.RESTRICTED),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }
}
