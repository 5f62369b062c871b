// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Error codes to which a validator gives a meaning of its own. */
@RequiresKvm
class OwnVerdictTest {
  private static final long CODE = 0x80002002L;

  @Test
  void ownCode_arrivesAtTheDriver_andInTheResult() {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator("own_policy"))
            .driver(
                BuiltInPayload.OPERATE,
                0L,
                TestMachine.FREE,
                8L,
                1001L,
                0L,
                TestMachine.FREE,
                8L,
                1000L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.of(CODE), Verdict.ALLOWED),
          result.operations().stream().map(operation -> operation.verdict()).toList());
      assertEquals(1000L, machine.memory().getLong(TestMachine.FREE));
    }
  }
}
