// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** An instruction fetch that a level's permissions prohibit takes the way of a write. */
@RequiresKvm
class HiddenFetchTest {
  private static final long EXECUTE = Abi.KVMPL_ACCESS_EXECUTE();
  private static final byte[] CODE = {(byte) 0x90, (byte) 0xc3}; // nop; ret
  private static final PageRange HIDDEN = new PageRange(FREE, FREE + 16 * PageRange.PAGE_SIZE);

  private static TestMachine machine(Long... operations) {
    return TestMachine.with()
        .hidden(HIDDEN, RESTRICTED)
        .driver(BuiltInPayload.OPERATE, operations)
        .build();
  }

  @Test
  void fetchThatIsAllowed_goesOn_andTheNextIsNoExit() {
    try (TestMachine machine = machine(EXECUTE, FREE, 1L, 0L, EXECUTE, FREE, 1L, 0L)) {
      machine.memory().write(FREE, CODE);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(
          List.of(
              new Operation(DRIVER, Access.EXECUTE, FREE, 1, 0, Verdict.ALLOWED, DRIVER),
              new Operation(DRIVER, Access.EXECUTE, FREE, 1, 0, Verdict.ALREADY_OPEN, DRIVER)),
          result.operations());
    }
  }

  @Test
  void fetchThatIsAllowed_doesNotOpenForWriting() {
    try (TestMachine machine =
        machine(EXECUTE, FREE, 1L, 0L, (long) Abi.KVMPL_ACCESS_WRITE(), FREE + 8, 8L, 7L)) {
      machine.memory().write(FREE, CODE);

      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALLOWED),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }

  @Test
  void fetchThatIsRefused_isAnErrorForTheDriver_whichGoesOn() {
    try (TestMachine machine =
        machine(EXECUTE, RESTRICTED.start(), 1L, 0L, EXECUTE, FREE, 1L, 0L)) {
      machine.memory().write(RESTRICTED.start(), CODE);
      machine.memory().write(FREE, CODE);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(
          List.of(Verdict.RESTRICTED, Verdict.ALLOWED),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }

  /** The instruction starts in a page that the level has, and ends in one that it has not. */
  @Test
  void instructionThatEndsInAHiddenPage_isAFetchOfThatPage() {
    long at = FREE - 1;
    try (TestMachine machine = machine(EXECUTE, at, 1L, 0L)) {
      machine.memory().write(at, new byte[] {0x66, (byte) 0x90, (byte) 0xc3}); // nop of 2 bytes

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(FREE, result.operations().getFirst().gpa());
    }
  }
}
