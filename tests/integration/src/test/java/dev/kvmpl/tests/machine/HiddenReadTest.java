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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A read that a level's permissions prohibit takes the way of a write: judged, then done. */
@RequiresKvm
class HiddenReadTest {
  private static final long READ = Abi.KVMPL_ACCESS_READ();
  private static final long WRITE = Abi.KVMPL_ACCESS_WRITE();
  private static final long SECRET = 0x1122334455667788L;
  private static final PageRange HIDDEN = new PageRange(FREE, FREE + 16 * PageRange.PAGE_SIZE);

  private static TestMachine machine(Long... operations) {
    TestMachine machine =
        TestMachine.with()
            .hidden(HIDDEN, RESTRICTED)
            .driver(BuiltInPayload.OPERATE, operations)
            .build();
    machine.memory().putLong(FREE + 8, SECRET);
    machine.memory().putLong(RESTRICTED.start() + 8, SECRET);
    return machine;
  }

  @ParameterizedTest
  @CsvSource({"1, 0x88", "2, 0x7788", "4, 0x55667788", "8, 0x1122334455667788"})
  void readThatIsAllowed_getsTheBytes(long length, String data) {
    try (TestMachine machine = machine(READ, FREE + 8, length, Long.decode(data))) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(
          List.of(
              new Operation(
                  DRIVER,
                  Access.READ,
                  FREE + 8,
                  (int) length,
                  Long.decode(data),
                  Verdict.ALLOWED,
                  DRIVER)),
          result.operations());
    }
  }

  @Test
  void secondReadOfThePage_isNoExit() {
    try (TestMachine machine = machine(READ, FREE + 8, 8L, SECRET, READ, FREE + 16, 8L, 0L)) {
      RunResult result = machine.run();

      assertEquals(1, TestMachine.caught(result));
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }

  @Test
  void readThatIsAllowed_opensForReadingAlone() {
    try (TestMachine machine = machine(READ, FREE + 8, 8L, SECRET, WRITE, FREE + 8, 8L, 7L)) {
      RunResult result = machine.run();

      assertEquals(2, TestMachine.caught(result));
      assertEquals(
          List.of(Access.READ, Access.WRITE),
          result.operations().stream().map(Operation::access).toList());
      assertEquals(7, machine.memory().getLong(FREE + 8));
    }
  }

  @Test
  void readThatIsRefused_getsZerosAndAnError_andTheDriverGoesOn() {
    try (TestMachine machine =
        machine(READ, RESTRICTED.start() + 8, 8L, 0L, READ, FREE + 8, 8L, SECRET)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(
          new Operation(DRIVER, Access.READ, RESTRICTED.start() + 8, 8, 0, Verdict.RESTRICTED, 0),
          result.operations().getFirst());
    }
  }

  @Test
  void readAcrossTwoHiddenPages_getsTheBytesOfBoth() {
    long at = FREE + PageRange.PAGE_SIZE - 3;
    try (TestMachine machine = machine(READ, at, 8L, SECRET)) {
      machine.memory().putLong(at, SECRET);

      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
    }
  }

  @Test
  void hiddenPages_areHiddenAgainFromTheNextDriver() {
    try (TestMachine machine =
        TestMachine.with()
            .hidden(HIDDEN)
            .driver(BuiltInPayload.OPERATE, READ, FREE, 8L, 0L)
            .driver(BuiltInPayload.OPERATE, READ, FREE, 8L, 0L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(result.before().columns(), result.after().columns());
    }
  }
}
