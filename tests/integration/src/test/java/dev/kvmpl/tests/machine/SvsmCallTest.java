// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.machine.SvsmCalls.KVMPL;
import static dev.kvmpl.tests.machine.SvsmCalls.SCRATCH;
import static dev.kvmpl.tests.machine.SvsmCalls.calls;
import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** SVSM calls (AMD 58019): what RAX and RCX come back with. */
@RequiresKvm
class SvsmCallTest {
  private static final long TRANSFER = KVMPL | 1;
  private static final long REMAP_CA = 0;
  private static final long CREATE_VCPU = 2;
  private static final long DELETE_VCPU = 3;
  private static final long QUERY_PROTOCOL = 6;

  private static final long INVALID_ADDRESS = 0x80000003L;
  private static final long INVALID_PARAMETER = 0x80000005L;
  private static final long INVALID_REQUEST = 0x80000006L;

  private static final long SECOND_SCRATCH = SCRATCH + 0x2000;

  /** RAX and RCX of each call's answer. */
  private static List<Long> answers(Long... arguments) {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("calls_svsm"), arguments).build()) {
      machine.memory().write(SCRATCH + vmsa.vmpl$offset(), new byte[] {2});
      machine.memory().write(SECOND_SCRATCH + vmsa.vmpl$offset(), new byte[] {2});
      RunResult result = machine.run();
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(arguments.length / 5, result.driverStatus().getLast());
      List<Long> answers = new ArrayList<>();
      long at = SvsmCalls.ANSWERS;
      for (int i = 0; i < arguments.length; i += 5) {
        answers.add(machine.memory().getLong(at + (long) i * Long.BYTES));
        answers.add(machine.memory().getLong(at + (long) (i + 1) * Long.BYTES));
      }
      return answers;
    }
  }

  private static long result(long rax, long rcx, long rdx, long r8) {
    return answers(calls(rax, rcx, rdx, r8)).getFirst();
  }

  @Test
  void protocolsThatThereAre_haveTheirVersions() {
    assertEquals(
        List.of(0L, 1L << 32 | 1, 0L, 1L << 32 | 1),
        answers(calls(QUERY_PROTOCOL, 1, 0, 0, QUERY_PROTOCOL, KVMPL | 1, 0, 0)));
  }

  @Test
  void protocolsThatThereAreNot_haveNone() {
    assertEquals(
        List.of(0L, 0L, 0L, 0L, 0L, 0L),
        answers(
            calls(
                QUERY_PROTOCOL,
                2,
                0,
                0,
                QUERY_PROTOCOL,
                1L << 32 | 1,
                0,
                0,
                QUERY_PROTOCOL,
                KVMPL | 2,
                0,
                0)));
  }

  @ParameterizedTest
  @CsvSource({
    "0x0000000100000000, 0x80000001, attestation",
    "0x0000000200000000, 0x80000001, vTPM",
    "0x7fffffff00000000, 0x80000001, nobody's protocol",
    "0x0000000000000004, 0x80000002, deposit of memory",
    "0x00000000ffffffff, 0x80000002, nobody's call",
    "0x006b766d00000002, 0x80000002, nobody's call of kvmpl's"
  })
  void unknownCall_isAnsweredAsSuch(String rax, String result, String what) {
    assertEquals(Long.decode(result), result(Long.decode(rax), 0, 0, 0), what);
  }

  @Test
  void callThatIsNotAnnounced_isNotServed() {
    assertEquals(List.of(QUERY_PROTOCOL, 1L), answers(QUERY_PROTOCOL, 1L, 0L, 0L, 0L));
  }

  @Test
  void callingArea_canBeMoved_andServesThere() {
    assertEquals(
        List.of(0L, SCRATCH, 0L, 1L << 32 | 1),
        answers(calls(REMAP_CA, SCRATCH, 0, 0, QUERY_PROTOCOL, 1, 0, 0)));
  }

  @ParameterizedTest
  @CsvSource({
    "0x3f0004, unaligned",
    "0x800000, VMPL0's",
    "0x883000, VMPL0's request page",
    "0xf00000, the tables",
    "0x1100000, kernel memory",
    "0x400000, VMPL2's",
    "-8, nowhere"
  })
  void callingAreaThatIsNotTheLevelsOwn_isRefused_andTheOldOneServesOn(String gpa, String what) {
    assertEquals(
        List.of(INVALID_ADDRESS, Long.decode(gpa), 0L, 1L << 32 | 1),
        answers(calls(REMAP_CA, Long.decode(gpa), 0, 0, QUERY_PROTOCOL, 1, 0, 0)),
        what);
  }

  @Test
  void vcpu_isCreatedOnce_andDeletedOnce() {
    List<Long> answers =
        answers(
            calls(
                CREATE_VCPU,
                SCRATCH,
                0x480000,
                1,
                CREATE_VCPU,
                SCRATCH,
                0x480000,
                1,
                DELETE_VCPU,
                SCRATCH,
                0,
                0,
                DELETE_VCPU,
                SCRATCH,
                0,
                0));

    assertEquals(
        List.of(0L, INVALID_REQUEST, 0L, INVALID_PARAMETER),
        List.of(answers.get(0), answers.get(2), answers.get(4), answers.get(6)));
  }

  /** Another page, for the same level of the same processor. */
  @Test
  void vcpu_isCreatedOnceForAProcessorsLevel() {
    Long[] arguments =
        calls(
            CREATE_VCPU,
            SCRATCH,
            0x480000,
            1,
            CREATE_VCPU,
            SECOND_SCRATCH,
            0x480000,
            1,
            CREATE_VCPU,
            SECOND_SCRATCH,
            0x480000,
            2);
    List<Long> answers = answers(arguments);

    assertEquals(
        List.of(0L, INVALID_REQUEST, 0L), List.of(answers.get(0), answers.get(2), answers.get(4)));
  }

  @ParameterizedTest
  @CsvSource({
    "0x3f0008, 0x480000, 1, 0x80000003, an unaligned VMSA",
    "0x801000, 0x480000, 1, 0x80000003, a VMSA of VMPL0",
    "0x3f1000, 0x480000, 1, 0x80000005, a VMSA for VMPL0",
    "0x3f0000, 0x480000, 4, 0x80000005, no processor",
    "0x3f0000, 0x801000, 1, 0x80000003, a calling area of VMPL0",
    "0x3f0000, 0x3f1000, 1, 0x80000003, a calling area of another level"
  })
  void vcpuThatCannotBe_isRefused(
      String vmsa, String area, long apicId, String result, String what) {
    assertEquals(
        Long.decode(result),
        result(CREATE_VCPU, Long.decode(vmsa), Long.decode(area), apicId),
        what);
  }

  @Test
  void pageThatIsHandedOver_isTheOtherDrivers_andClosedToTheFirst() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("calls_svsm"),
                calls(KVMPL, FREE, 0, 8, TRANSFER, FREE, 0x1000, 3, KVMPL, FREE, 0, 8))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER, Verdict.ALLOWED),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x1200000, 0x1000, 3, 0x80001001, another driver's",
    "0x1100000, 0x1000, 3, 0x80000003, nobody's",
    "0x1100000, 0x800, 3, 0x80000005, half a page",
    "0x1100000, 0, 3, 0x80000005, nothing",
    "0x1100000, -0x1000, 3, 0x80000005, less than nothing",
    "0x1100000, 0x1000, 0, 0x80000005, to nobody",
    "0x1100000, 0x1000, 65, 0x80000005, to a driver that cannot be"
  })
  void handingOverWhatIsNotOnesOwn_isRefused(
      String start, String length, long to, String result, String what) {
    assertEquals(
        Long.decode(result), result(TRANSFER, Long.decode(start), Long.decode(length), to), what);
  }

  @Test
  void validation_opensThePageForTheDriver() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("calls_svsm"), calls(KVMPL, FREE + 8, 0, 8))
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE + 8, 8, 0, Verdict.ALLOWED, DRIVER)),
          result.operations());
      assertTrue(
          result.steps().stream()
              .anyMatch(event -> event.step() == Step.GRANT && event.gpa() == FREE));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0x1400000, 0, 8, 0x80001000, restricted",
    "0x1200000, 0, 8, 0x80001001, another driver's",
    "0x883000, 1, 8, 0x80001000, VMPL0's",
    "-8, 0, 8, 0x80001000, nowhere",
    "0x1100000, 3, 8, 0x80000005, no access",
    "0x1100000, 0, 0, 0x80000005, no byte",
    "0x1100000, 0, 9, 0x80000005, too many bytes",
    "0x1100ffc, 0, 8, 0x80000003, across a page's end"
  })
  void validationOfWhatTheDriverMayNot_isRefused(
      String gpa, long access, long length, String result, String what) {
    assertEquals(Long.decode(result), result(KVMPL, Long.decode(gpa), access, length), what);
  }
}
