// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A permission is the level's, an owner a driver: what A was granted is closed before B runs. */
@RequiresKvm
class HandOverTest {
  private static final int A = 2;
  private static final int B = 3;

  @Test
  void pageGrantedToADriver_isClosedAgainForTheNext() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, FREE, 8L, 0xaL)
            .driver(BuiltInPayload.STORE, FREE, 8L, 0xbL)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(A, Access.WRITE, FREE, 8, 0xa, Verdict.ALLOWED, A),
              new Operation(B, Access.WRITE, FREE, 8, 0xb, Verdict.OWNED_BY_OTHER, A)),
          result.operations());
      assertEquals(0xa, machine.memory().getLong(FREE));
      assertEquals(List.of(0L, 0L, 1L), result.driverStatus());
    }
  }

  @Test
  void manyPagesGrantedToADriver_areAllClosedForTheNext() {
    Long[] stores =
        Stream.iterate(FREE, gpa -> gpa + 2 * PageRange.PAGE_SIZE)
            .limit(20)
            .flatMap(gpa -> Stream.of(gpa, 1L, 0xaL))
            .toArray(Long[]::new);
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, stores)
            .driver(BuiltInPayload.STORE, stores)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 20L), result.driverStatus());
      assertEquals(40, TestMachine.caught(result));
    }
  }

  /** As on SNP a level may give those below it what it has itself. */
  @Test
  void grantThatADriverPassedOnToALowerLevel_isClosedWithItsOwn() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("passes_on"), FREE)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(0), FREE, 8L, 0xbL)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 1L), result.driverStatus());
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }

  @Test
  void permissionsAfterTheNextDriver_areThoseOfTheStart() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, FREE, 8L, 0xaL)
            .driver(BuiltInPayload.STORE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(result.before().columns(), result.after().columns());
    }
  }
}
