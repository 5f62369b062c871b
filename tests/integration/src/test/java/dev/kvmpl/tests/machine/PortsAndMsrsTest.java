// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ports and MSRs: each access is judged, by what is stored about the driver alone. */
@RequiresKvm
class PortsAndMsrsTest {
  private static final long IN = Abi.KVMPL_ACCESS_PORT_READ();
  private static final long OUT = Abi.KVMPL_ACCESS_PORT_WRITE();
  private static final long RDMSR = Abi.KVMPL_ACCESS_MSR_READ();
  private static final long WRMSR = Abi.KVMPL_ACCESS_MSR_WRITE();
  private static final long PORT = 0x3f8;
  private static final long MSR = 0x4b560000;
  private static final Permission[] BOTH_PORT_AND_MSR = {
    new Permission(Access.PORT_READ, PORT, PORT + 4),
    new Permission(Access.PORT_WRITE, PORT, PORT + 4),
    new Permission(Access.MSR_READ, MSR, MSR + 2),
    new Permission(Access.MSR_WRITE, MSR, MSR + 1)
  };

  private static TestMachine operating(Long... operations) {
    return TestMachine.with()
        .driver(BuiltInPayload.OPERATE, operations)
        .permissions(BOTH_PORT_AND_MSR)
        .build();
  }

  private static List<Verdict> verdicts(RunResult result) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result.operations().stream().map(Operation::verdict).toList();
  }

  @ParameterizedTest
  @CsvSource({"1, 0x12", "2, 0x1234", "4, 0x12345678"})
  void port_keepsWhatWasWritten(long length, String data) {
    long value = Long.decode(data);
    try (TestMachine machine = operating(OUT, PORT, length, value, IN, PORT, length, value)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(
                  DRIVER, Access.PORT_WRITE, PORT, (int) length, value, Verdict.ALLOWED, 0),
              new Operation(
                  DRIVER, Access.PORT_READ, PORT, (int) length, value, Verdict.ALLOWED, 0)),
          result.operations());
      assertEquals(List.of(0L, 0L), result.driverStatus());
    }
  }

  @Test
  void port_isZeroAtFirst_andEachByteIsAPort() {
    try (TestMachine machine =
        operating(IN, PORT, 4L, 0L, OUT, PORT, 4L, 0x44332211L, IN, PORT + 2, 1L, 0x33L)) {
      assertEquals(List.of(0L, 0L), machine.run().driverStatus());
    }
  }

  @Test
  void msr_keepsWhatWasWritten() {
    long value = 0x1122334455667788L;
    try (TestMachine machine = operating(WRMSR, MSR, 8L, value, RDMSR, MSR, 8L, value)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              new Operation(DRIVER, Access.MSR_WRITE, MSR, 8, value, Verdict.ALLOWED, 0),
              new Operation(DRIVER, Access.MSR_READ, MSR, 8, value, Verdict.ALLOWED, 0)),
          result.operations());
      assertEquals(List.of(0L, 0L), result.driverStatus());
    }
  }

  @Test
  void device_isTheMachines_andOutlivesADriver() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.OPERATE, OUT, PORT, 1L, 0x42L, WRMSR, MSR, 8L, 0x43L)
            .permissions(BOTH_PORT_AND_MSR)
            .driver(BuiltInPayload.OPERATE, IN, PORT, 1L, 0x42L, RDMSR, MSR, 8L, 0x43L)
            .permissions(BOTH_PORT_AND_MSR)
            .build()) {
      assertEquals(List.of(0L, 0L, 0L), machine.run().driverStatus());
    }
  }

  @Test
  void everyAccess_isJudged_andOpensNothing() {
    try (TestMachine machine = operating(OUT, PORT, 1L, 1L, OUT, PORT, 1L, 2L)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.ALLOWED, Verdict.ALLOWED), verdicts(result));
      assertEquals(2, result.exits().get("IO"));
      assertEquals(result.before(), result.after());
    }
  }

  @ParameterizedTest
  @EnumSource
  void access_takesTheStepsOfAWrite_butForThoseAboutPages(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .detection(detection)
            .driver(BuiltInPayload.OPERATE, OUT, PORT, 1L, 1L)
            .permissions(BOTH_PORT_AND_MSR)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              Step.ASSIGN,
              Step.REQUEST,
              Step.ASSOCIATE,
              Step.ATTEMPT,
              Step.EXIT1,
              Step.LAUNCH,
              Step.IRQ,
              Step.EXIT2,
              Step.RELAUNCH,
              Step.COMPLETE),
          result.steps().stream().map(StepEvent::step).toList());
    }
  }

  /** Others' ports, one that is only half the driver's, and the last there is. */
  @ParameterizedTest
  @CsvSource({
    "0x3fc, 1, 0xff",
    "0x3f7, 1, 0xff",
    "0x3fa, 4, 0xffffffff",
    "0x80, 2, 0xffff",
    "0xffff, 1, 0xff"
  })
  void portThatIsNotTheDrivers_readsOnes_andIsAnError(String port, long length, String ones) {
    long value = Long.decode(ones);
    try (TestMachine machine =
        operating(IN, Long.decode(port), length, value, OUT, Long.decode(port), length, 1L)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.NO_PERMISSION, Verdict.NO_PERMISSION), verdicts(result));
      assertEquals(value, result.operations().getFirst().data());
      assertEquals(List.of(0L, 2L), result.driverStatus());
    }
  }

  @Test
  void portThatMayOnlyBeRead_isNotWritten() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.OPERATE, OUT, PORT, 1L, 7L, IN, PORT, 1L, 0L)
            .permissions(new Permission(Access.PORT_READ, PORT, PORT + 1))
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.NO_PERMISSION, Verdict.ALLOWED), verdicts(result));
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  @Test
  void neighbouringPermissions_areOne() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.OPERATE, OUT, PORT, 4L, 7L, OUT, PORT + 1, 4L, 7L)
            .permissions(
                new Permission(Access.PORT_WRITE, PORT + 2, PORT + 4),
                new Permission(Access.PORT_WRITE, PORT, PORT + 2),
                new Permission(Access.PORT_WRITE, PORT + 5, PORT + 6))
            .build()) {
      assertEquals(List.of(Verdict.ALLOWED, Verdict.NO_PERMISSION), verdicts(machine.run()));
    }
  }

  /** One of the driver's that may only be read, unknown ones, and some that KVM would serve. */
  @ParameterizedTest
  @ValueSource(longs = {MSR + 1, MSR + 2, 0x10, 0x1b, 0x277, 0xc0000080L, 0xc0000100L, 0xffffffffL})
  void msrThatTheDriverMayNotWrite_isAnErrorOfTheDriver_whichGoesOn(long msr) {
    try (TestMachine machine = operating(WRMSR, msr, 8L, 1L, WRMSR, MSR, 8L, 1L)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.NO_PERMISSION, Verdict.ALLOWED), verdicts(result));
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {MSR + 2, 0x10, 0xc0000080L, 0})
  void msrThatTheDriverMayNotRead_isAnErrorOfTheDriver_whichGoesOn(long msr) {
    try (TestMachine machine = operating(RDMSR, msr, 8L, 0L, RDMSR, MSR + 1, 8L, 0L)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.NO_PERMISSION, Verdict.ALLOWED), verdicts(result));
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  @Test
  void driverAboutWhichNothingIsStored_hasNeitherPortsNorMsrs() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE)
            .permissions()
            .driver(BuiltInPayload.OPERATE, IN, PORT, 1L, 0xffL, RDMSR, 0x10L, 8L, 0L)
            .build()) {
      assertEquals(List.of(Verdict.NO_PERMISSION, Verdict.NO_PERMISSION), verdicts(machine.run()));
    }
  }

  @Test
  void portInAMachineWithoutPermissions_endsIt() {
    try (TestMachine machine =
        TestMachine.with().driver(BuiltInPayload.OPERATE, IN, PORT, 1L, 0L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(
          result.message().startsWith("KVM_EXIT_IO (in, port 0x3f8, 1 bytes) on vcpu0-vmpl1"),
          result::message);
    }
  }

  /** What is not the driver's reads as ones, which it then may not write either. */
  @ParameterizedTest
  @CsvSource({"0x3f8, 0, 5a", "0x2f8, 0x80001009, ff"})
  void stringInstruction_isServedOrRefusedAsAWhole(String port, String status, String bytes) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.OPERATE, OUT, PORT, 1L, 0x5aL)
            .permissions(BOTH_PORT_AND_MSR)
            .driver(Payloads.driver("moves_strings"), Long.decode(port), 16L, 0x3f0000L)
            .permissions(BOTH_PORT_AND_MSR)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, Long.decode(status)), result.driverStatus());
      byte[] expected = new byte[16];
      Arrays.fill(expected, (byte) Integer.parseInt(bytes, 16));
      assertArrayEquals(expected, machine.memory().read(0x3f0000, 16));
    }
  }

  @Test
  void ghcbMsr_isNobodysToBePermitted() {
    long ghcb = Integer.toUnsignedLong(Abi.KVMPL_MSR_GHCB());

    assertThrows(
        IllegalArgumentException.class, () -> new Permission(Access.MSR_WRITE, ghcb - 1, ghcb + 1));
  }

  @Test
  void ghcbMsr_isServedAsEver_withoutBeingPermitted() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("asks_msr"), (long) Abi.GHCB_MSR_SEV_INFO_REQUEST())
            .permissions()
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(), verdicts(result));
      assertEquals(
          Abi.GHCB_MSR_SEV_INFO_RESPONSE(),
          result.driverStatus().getLast() & Abi.GHCB_MSR_INFO_MASK());
    }
  }

  /** By which the instructions come only as `in` of 4 bytes. */
  @ParameterizedTest
  @ValueSource(longs = {0xa0, 0xa1, 0xa2})
  void portsOfThePermissionsDatabase_usedInAnotherWay_areJudgedAsAnyPort(long port) {
    try (TestMachine machine = operating(IN, port, 2L, 0L, OUT, port, 4L, 1L)) {
      assertEquals(List.of(Verdict.NO_PERMISSION, Verdict.NO_PERMISSION), verdicts(machine.run()));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0xa0, 0xa1, 0xa2})
  void portsOfThePermissionsDatabase_areNobodysToBePermitted(long port) {
    assertThrows(
        IllegalArgumentException.class, () -> new Permission(Access.PORT_READ, port, port + 1));
  }
}
