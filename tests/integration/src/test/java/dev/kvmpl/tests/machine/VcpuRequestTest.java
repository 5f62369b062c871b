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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SNP_AP_CREATION: only the first vCPU, at VMPL1, with a VMSA that says so, for a loaded driver.
 */
@RequiresKvm
class VcpuRequestTest {
  private static final long MALFORMED_INPUT = 2L << 32 | 5;

  /** The page for the first driver's request. */
  private static final long VMSA = 0x40000;

  private static final long CREATE = 1;
  private static final long DESTROY = 2;

  private static TestMachine machine(
      long apicId, long level, long type, long vmsaDistance, long vmsaLevel, long entryDistance) {
    return TestMachine.with()
        .withoutOthers()
        .kernel(Payloads.kernel("creates_vcpu"))
        .driver(
            Payloads.driver("returns"), apicId, level, type, vmsaDistance, vmsaLevel, entryDistance)
        .build();
  }

  @Test
  void goodRequest_startsTheDriver() {
    try (TestMachine machine = machine(0, 1, CREATE, 0, 1, 0)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L), result.driverStatus());
      assertEquals(
          1, result.steps().stream().filter(event -> event.step() == Step.ASSOCIATE).count());
    }
  }

  static Stream<Arguments> badRequests() {
    return Stream.of(
        Arguments.of(0, 0, CREATE, 0, 1, 0, "VMPL0"),
        Arguments.of(0, 2, CREATE, 0, 1, 0, "VMPL2"),
        Arguments.of(1, 1, CREATE, 0, 1, 0, "the second vCPU's APIC id"),
        Arguments.of(0x8000_0000L, 1, CREATE, 0, 1, 0, "an APIC id of nobody"),
        Arguments.of(0, 1, 0L, 0, 1, 0, "at the next INIT"),
        Arguments.of(0, 1, DESTROY, 0, 1, 0, "the destruction of what is not there"),
        Arguments.of(0, 1, 3L, 0, 1, 0, "an unknown type"),
        Arguments.of(0, 1, CREATE, 8, 1, 0, "an unaligned VMSA"),
        Arguments.of(0, 1, CREATE, 0x200000 - VMSA, 1, 0, "a VMSA at the start of a large page"),
        Arguments.of(0, 1, CREATE, 0, 0, 0, "a VMSA of VMPL0"),
        Arguments.of(0, 1, CREATE, 0, 2, 0, "a VMSA of VMPL2"),
        Arguments.of(0, 1, CREATE, 0, 1, 1, "an entry point inside the driver"),
        Arguments.of(0, 1, CREATE, 0, 1, -0x100000, "an entry point of nobody"));
  }

  @ParameterizedTest
  @MethodSource("badRequests")
  void badRequest_isMalformed_andNobodyIsStarted(
      long apicId,
      long level,
      long type,
      long vmsaDistance,
      long vmsaLevel,
      long entryDistance,
      String what) {
    try (TestMachine machine =
        machine(apicId, level, type, vmsaDistance, vmsaLevel, entryDistance)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(MALFORMED_INPUT), result.driverStatus(), what);
      assertEquals(
          0, result.steps().stream().filter(event -> event.step() == Step.ASSOCIATE).count());
    }
  }
}
