// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.timeline.SourceLines;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guests that give up, and what is said of where. */
@RequiresKvm
class GivenUpTest {
  private static final long NEVER = 3;

  private static TestMachine machine(long how) {
    return TestMachine.with()
        .driver(Payloads.driver("gives_up"), how)
        .timeLimit(Duration.ofSeconds(how == NEVER ? 1 : 60))
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "0, 'gives_up.c:9: out of room after 3, at rip 0x'",
    "1, 'gives_up.c:10: not so: self->argument_count == 7, at rip 0x'",
    "2, 'exception 6, error code 0x0, at rip 0x'"
  })
  void driverThatGivesUp_failsTheMachine_withWhatItSays(long how, String text) {
    try (TestMachine machine = machine(how)) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(result.message().contains(text), result.message());
      assertTrue(result.message().contains("the vCPU is driver 2's"), result.message());
    }
  }

  /** By binutils, which are not on emulated hosts. */
  @ParameterizedTest
  @Tag("needs-gcc")
  @CsvSource({"0, driver_main, 9", "1, driver_main, 10", "2, raise, 5", "3, driver_main, 12"})
  void placeWhereItStopped_isFunctionAndLine(long how, String function, int line) {
    try (TestMachine machine = machine(how)) {
      RunResult result = machine.run();

      StoppedVcpu stopped = result.stopped().getFirst();
      SourceLines.Place place =
          SourceLines.of(machine.images(), List.of(stopped.rip())).at(stopped.rip()).orElseThrow();
      assertEquals(function, place.function());
      assertTrue(place.file().endsWith("drivers/gives_up.c"), place.file());
      assertEquals(line, place.line());
      assertEquals(TestMachine.DRIVER, stopped.driver());
      assertTrue(stopped.registers().contains("rax="), stopped.registers());
    }
  }

  @Test
  void machineThatCompletes_hasStoppedNowhere() {
    try (TestMachine machine = TestMachine.storing(TestMachine.FREE, 8L, 1L)) {
      assertEquals(List.of(), machine.run().stopped());
    }
  }

  @Test
  void driverAtCpl3_endsAlone_andSaysWhy() {
    try (TestMachine machine = TestMachine.with().hosted(Payloads.driver("gives_up"), 0L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(0x80001200L, result.driverStatus().get(TestMachine.DRIVER - 1));
      assertTrue(
          result.console().getFirst().text().endsWith("gives_up.c:9: out of room after 3"),
          result.console()::toString);
    }
  }

  @Test
  void exceptionsOfADriversOwn_goToItsFunction_andRefusalsDoNot() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("catches_faults"), TestMachine.RESTRICTED.start())
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(2L, result.driverStatus().get(TestMachine.DRIVER - 1));
    }
  }

  @Test
  void images_areWhereTheirCodeIs() {
    try (TestMachine machine = machine(2)) {
      List<String> names = machine.images().stream().map(LoadedImage::name).toList();

      assertEquals("kernel", names.getFirst());
      assertEquals("validator", names.getLast());
      long rip = machine.run().stopped().getFirst().rip();
      assertTrue(machine.images().get(TestMachine.DRIVER).contains(rip));
    }
  }
}
