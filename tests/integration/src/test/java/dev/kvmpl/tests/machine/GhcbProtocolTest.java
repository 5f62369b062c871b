// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Requests by the GHCB MSR and by the GHCB page: each is answered, and none stops the machine. */
@RequiresKvm
class GhcbProtocolTest {
  private static long status(TestMachine.Builder machine) {
    try (TestMachine built = machine.build()) {
      RunResult result = built.run();
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      return result.driverStatus().getLast();
    }
  }

  private static long event(long code, long info1, long info2) {
    return status(TestMachine.with().driver(Payloads.driver("sends_event"), code, info1, info2));
  }

  @ParameterizedTest
  @CsvSource({
    "0x002, 0x0002000100000001, versions 1 to 2 and no encryption bit",
    "0x080, 0x23081, 'features: SNP, AP creation, several levels'",
    "0x100000016, 0x17, the level that runs",
    "0x000000016, 0x100000017, VMPL0 without having anything to say",
    "0x300000016, 0x100000017, a level without a vCPU",
    "0x400000016, 0x100000017, no level",
    "0x7770ab, 0x7770ab, nothing that there is: no answer"
  })
  void msrRequest_isAnswered(String request, String answer, String what) {
    assertEquals(
        Long.decode(answer),
        status(TestMachine.with().driver(Payloads.driver("asks_msr"), Long.decode(request))),
        what);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0, the level that runs",
    "2, 0x200000005, a level without a vCPU",
    "3, 0x200000005, another one",
    "4, 0x200000005, no level",
    "-1, 0x200000005, nonsense"
  })
  void runVmplEvent_isAnswered(long level, String answer, String what) {
    assertEquals(Long.decode(answer), event(0x80000018L, level, 0), what);
  }

  @Test
  void featuresEvent_isAnswered() {
    assertEquals(0x23, event(0x8000fffdL, 0, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x1c, 0x23, nothing wrong",
    "1, 0x1c, 0x200000002, an unknown usage",
    "0, 0x00, 0x200000004, nothing filled in",
    "0, 0x18, 0x200000004, no exit code",
    "0, 0x0c, 0x200000004, no second information"
  })
  void eventWithAWrongForm_isMalformed(long usage, String valid, String answer, String what) {
    assertEquals(
        Long.decode(answer),
        status(
            TestMachine.with()
                .driver(Payloads.driver("sends_malformed_event"), usage, Long.decode(valid))),
        what);
  }
}
