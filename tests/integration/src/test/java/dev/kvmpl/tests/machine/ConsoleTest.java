// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What guests print. */
@RequiresKvm
class ConsoleTest {
  private static RunResult printed(long lines) {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("prints"), lines).build()) {
      return machine.run();
    }
  }

  private static List<String> texts(RunResult result) {
    return result.console().stream().map(PrintedLine::text).toList();
  }

  @Test
  void formats_areThoseOfPrintf_andALineWithoutAnEndIsOneToo() {
    RunResult result = printed(0);

    assertEquals(
        List.of("text|c|-12|   34|-0056|78|abc|0x123456789ab|0x1000|%|   ab", "no end"),
        texts(result));
    PrintedLine line = result.console().getFirst();
    assertEquals(Vmpl.VMPL1, line.level());
    assertEquals(TestMachine.DRIVER, line.driver());
    assertTrue(line.tNs() > 0 && line.tNs() < result.durationNs(), line::toString);
  }

  /** The ring has room for 30 records. */
  @Test
  void lines_moreThanTheRingHolds_areAllThere_inTheirOrder() {
    RunResult result = printed(200);

    assertEquals(202, result.console().size());
    for (int i = 0; i < 200; i++) {
      assertEquals("line " + i, result.console().get(i).text());
    }
    assertEquals(0, result.lostRecords());
  }

  @Test
  void driverAtCpl3_prints_andWhatDoesNotFitIsCounted() {
    try (TestMachine machine = TestMachine.with().hosted(Payloads.driver("prints"), 100L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals("no end", texts(result).getLast());
      assertEquals(102, result.console().size() + result.lostRecords());
    }
  }

  @Test
  void validator_printsAtItsLevel() {
    try (TestMachine machine =
        TestMachine.with()
            .validator(Payloads.validator("own_policy"))
            .driver(dev.kvmpl.payloads.BuiltInPayload.STORE, TestMachine.FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of("question 1 of level 1"), texts(result));
      assertEquals(Vmpl.VMPL0, result.console().getFirst().level());
      assertEquals(0, result.console().getFirst().driver());
    }
  }
}
