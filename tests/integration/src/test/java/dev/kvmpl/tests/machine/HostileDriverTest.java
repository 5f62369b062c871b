// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a driver tries with the hypervisor's interface is refused, and nothing changes. */
@RequiresKvm
class HostileDriverTest {
  private static final long MALFORMED_INPUT = 2L << 32 | 5;
  private static final long MALFORMED_EVENT = 2L << 32 | 6;

  private static RunResult run(String driver, Long... arguments) {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver(driver), arguments).build()) {
      RunResult result = machine.run();
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(result.before(), result.after());
      return result;
    }
  }

  /** RMPADJUST for its own level, one above, and below beyond what it has itself. */
  @ParameterizedTest
  @CsvSource({
    "0x1400000, 1, 0xf, 2", // a restricted page for itself
    "0x1400000, 0, 0x1, 2",
    "0x1400000, 2, 0xf, 2", // kernel memory, which it may not write
    "0x800000, 2, 0x1, 2", // the validator's memory, which it may not read
    "0x1400000, 4, 0x1, 2",
    "0x1400001, 2, 0x1, 1",
    "0x1800000, 2, 0x1, 1"
  })
  void permissionsThatTheDriverCannotGive_areRefused(
      String gpa, long level, String permissions, long code) {
    RunResult result =
        run("adjusts_permissions", Long.decode(gpa), level, Long.decode(permissions));

    assertEquals(List.of(0L, code), result.driverStatus());
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 2, 3, 255})
  void levelThatTheDriverWantsToRun_isRefused(long level) {
    RunResult result = run("runs_vmpl", level);

    assertEquals(List.of(0L, 0x1_0000_0017L), result.driverStatus());
  }

  @Test
  void levelThatRunsAlready_isASuccess_thatChangesNothing() {
    RunResult result = run("runs_vmpl", 1L);

    assertEquals(List.of(0L, 0x017L), result.driverStatus());
  }

  @ParameterizedTest
  @CsvSource({"0, no event", "0x400, a nested page fault", "0x180000015, an unknown one"})
  void eventThatIsNotServed_isAnsweredAsSuch(String code, String what) {
    RunResult result = run("sends_event", Long.decode(code), 0L, 0L);

    assertEquals(List.of(0L, MALFORMED_EVENT), result.driverStatus(), what);
  }

  @ParameterizedTest
  @CsvSource({
    "0x4001f, an exception's vector",
    "0x40, no shorthand",
    "0xc0040, to all others",
    "0x100040040, to APIC id 1"
  })
  void interruptToOthersOrOfAnException_isMalformed(String icr, String what) {
    RunResult result = run("sends_event", 0x80000015L, Long.decode(icr), 0L);

    assertEquals(List.of(0L, MALFORMED_INPUT), result.driverStatus(), what);
  }

  /** While it runs on the vCPU that it wants: neither a new vCPU nor one of another level. */
  @ParameterizedTest
  @CsvSource({
    "0x10001, create what is running",
    "0x10000, create at the next INIT",
    "0x00001, create at VMPL0",
    "0x20001, create at VMPL2",
    "0x00002, destroy VMPL0's",
    "0x100010002, destroy the second vCPU",
    "0x1ffff, an unknown type"
  })
  void vcpuThatTheDriverMayNotHave_isMalformed(String info, String what) {
    RunResult result = run("sends_event", 0x80000013L, Long.decode(info), 0x40000L);

    assertEquals(List.of(0L, MALFORMED_INPUT), result.driverStatus(), what);
    assertEquals(
        2, result.steps().stream().filter(event -> event.step() == Step.ASSOCIATE).count());
  }
}
