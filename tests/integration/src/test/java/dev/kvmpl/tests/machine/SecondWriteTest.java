// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

@RequiresKvm
class SecondWriteTest {
  @Test
  void secondWriteToAPage_makesNoExit() {
    try (TestMachine machine =
        TestMachine.storing(FREE, 8L, 0x1122334455667788L, FREE + 100, 4L, 0xcafef00dL)) {
      RunResult result = machine.run();

      assertEquals(
          List.of(
              new Operation(
                  DRIVER, Access.WRITE, FREE, 8, 0x1122334455667788L, Verdict.ALLOWED, DRIVER),
              new Operation(
                  DRIVER, Access.WRITE, FREE + 100, 4, 0xcafef00dL, Verdict.ALREADY_OPEN, DRIVER)),
          result.operations());
      assertEquals(TestMachine.GRANT == GrantKind.STORE ? 2 : 1, TestMachine.caught(result));
      assertEquals(0x1122334455667788L, machine.memory().getLong(FREE));
      assertEquals(0xcafef00d, machine.memory().getInt(FREE + 100));
    }
  }

  @Test
  void writesToTwoPages_areTwoExits() {
    try (TestMachine machine = TestMachine.storing(FREE, 1L, 1L, FREE + 4096, 1L, 2L)) {
      RunResult result = machine.run();

      assertEquals(2, TestMachine.caught(result));
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALLOWED),
          result.operations().stream().map(Operation::verdict).toList());
    }
  }
}
