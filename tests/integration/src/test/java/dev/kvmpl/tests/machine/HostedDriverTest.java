// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A driver at CPL 3 in an address space of its own: out of the kernel's reach, and judged as all
 * are.
 */
@RequiresKvm
class HostedDriverTest {
  private static final long EXCEPTION = Integer.toUnsignedLong(Abi.KVMPL_ERR_EXCEPTION());
  private static final long PAGE_FAULT = EXCEPTION + 14;
  private static final long GENERAL_PROTECTION = EXCEPTION + 13;
  private static final long BOOT_INFO = 0x81000;

  private static RunResult run(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result;
  }

  private static List<Verdict> verdicts(RunResult result) {
    return result.operations().stream().map(Operation::verdict).toList();
  }

  /** The structure of the machine's first driver. */
  private static long firstDriver(TestMachine machine) {
    return machine.memory().getLong(BOOT_INFO + kvmpl_boot_info.drivers$offset());
  }

  @ParameterizedTest
  @CsvSource({"true, 3", "false, 0"})
  void cpl_is3OnlyIfTheDriverIsHosted(boolean hosted, long cpl) {
    TestMachine.Builder builder = TestMachine.with();
    try (TestMachine machine =
        (hosted
                ? builder.hosted(Payloads.driver("reads_cpl"))
                : builder.driver(Payloads.driver("reads_cpl")))
            .build()) {
      assertEquals(List.of(0L, cpl), run(machine).driverStatus());
    }
  }

  @Test
  void storesOfAHostedDriver_areJudgedAsAllAre() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(
                BuiltInPayload.STORE,
                FREE,
                8L,
                0x1122334455667788L,
                FREE + 8,
                4L,
                0xcafef00dL,
                RESTRICTED.start(),
                8L,
                1L,
                OTHERS.start(),
                2L,
                1L)
            .build()) {
      RunResult result = run(machine);

      assertEquals(
          List.of(
              Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.RESTRICTED, Verdict.OWNED_BY_OTHER),
          verdicts(result));
      assertEquals(List.of(0L, 2L), result.driverStatus());
      assertEquals(0x1122334455667788L, machine.memory().getLong(FREE));
      assertEquals(0xcafef00dL, machine.memory().getLong(FREE + 8));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
      assertEquals(0, machine.memory().getLong(OTHERS.start()));
    }
  }

  @Test
  void loadOfHiddenMemory_isJudged() {
    long read = Abi.KVMPL_ACCESS_READ();
    try (TestMachine machine =
        TestMachine.with()
            .hidden(new PageRange(FREE, FREE + PageRange.PAGE_SIZE), RESTRICTED)
            .hosted(BuiltInPayload.OPERATE, read, FREE, 8L, 0x42L, read, RESTRICTED.start(), 8L, 0L)
            .build()) {
      machine.memory().putLong(FREE, 0x42);

      RunResult result = run(machine);

      assertEquals(List.of(Verdict.ALLOWED, Verdict.RESTRICTED), verdicts(result));
      assertEquals(List.of(0L, 1L), result.driverStatus());
    }
  }

  /**
   * Of VMPL1: tables, drivers' structures, GDT, boot info, GHCB, guest kernel. Of VMPL0: validator,
   * tables.
   */
  @ParameterizedTest
  @ValueSource(
      longs = {0x8000, 0x30000, 0x80000, 0x81000, 0x82000, 0x100000, 0x883000, 0x900000, 0xf00000})
  void memoryThatIsNotTheDrivers_isOutOfReach(long at) {
    try (TestMachine machine =
        TestMachine.with().hosted(Payloads.driver("stores_plainly"), at + 0x800, -1L).build()) {
      long before = machine.memory().getLong(at + 0x800);

      RunResult result = run(machine);

      assertEquals(List.of(0L, PAGE_FAULT), result.driverStatus());
      assertEquals(before, machine.memory().getLong(at + 0x800));
      assertEquals(List.of(), result.operations());
    }
  }

  @Test
  void anotherDriversImage_isOutOfReach() {
    long image;
    try (TestMachine machine = TestMachine.with().build()) {
      image = machine.memory().getLong(firstDriver(machine) + kvmpl_driver.image$offset());
    }
    try (TestMachine machine =
        TestMachine.with().hosted(Payloads.driver("stores_plainly"), image, -1L).build()) {
      long before = machine.memory().getLong(image);

      assertEquals(List.of(0L, PAGE_FAULT), run(machine).driverStatus());
      assertEquals(before, machine.memory().getLong(image));
    }
  }

  /** The same store without hosting: the guest kernel and its drivers are one domain. */
  @Test
  void kernelsMemory_isInReachOfADriverThatIsNotHosted() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("stores_plainly"), BOOT_INFO + 0xff8, -1L)
            .build()) {
      assertEquals(List.of(0L, 7L), run(machine).driverStatus());
      assertEquals(-1, machine.memory().getLong(BOOT_INFO + 0xff8));
    }
  }

  @Test
  void storeThatIsReadyToBeRefused_isRefusedAndTheDriverGoesOn() {
    try (TestMachine machine =
        TestMachine.with().hosted(BuiltInPayload.STORE, BOOT_INFO, 8L, -1L, FREE, 8L, 1L).build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(BOOT_INFO, machine.memory().getLong(BOOT_INFO));
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 13, cli",
    "1, 13, hlt",
    "2, 13, wrmsr",
    "3, 13, mov cr3",
    "4, 13, in",
    "6, 6, ud2",
    "8, 13, jmp to an address that is not canonical"
  })
  void instructionThatIsTheKernels_endsTheDriver(long which, long vector, String what) {
    try (TestMachine machine =
        TestMachine.with().hosted(Payloads.driver("executes_privileged"), which).build()) {
      assertEquals(List.of(0L, EXCEPTION + vector), run(machine).driverStatus(), what);
    }
  }

  /** #UD where KVM emulates INT, or the CPU does not know RMPADJUST; else #GP. */
  @ParameterizedTest
  @CsvSource({"5, int", "7, rmpadjust"})
  void instructionThatHostsDifferOn_endsTheDriver_andChangesNothing(long which, String what) {
    try (TestMachine machine =
        TestMachine.with().hosted(Payloads.driver("executes_privileged"), which).build()) {
      RunResult result = run(machine);

      long vector = result.driverStatus().getLast() - EXCEPTION;
      assertTrue(vector == 6 || vector == Abi.VECTOR_GP(), what + ": exception " + vector);
      assertEquals(result.before(), result.after());
    }
  }

  /** In the kernel's image, in nobody's memory, where IRETQ itself would fault. */
  @ParameterizedTest
  @CsvSource({"0x101000, 14", "0x7ffffffff000, 14", "-9223372036854775808, 13"})
  void placeToGoOnAt_thatIsNotTheDrivers_endsTheDriver(String rip, long vector) {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("redirects"), Long.decode(rip), BOOT_INFO)
            .build()) {
      assertEquals(List.of(0L, EXCEPTION + vector), run(machine).driverStatus());
      assertEquals(BOOT_INFO, machine.memory().getLong(BOOT_INFO));
    }
  }

  @Test
  void systemCallThatDoesNotExist_isAnsweredAsSuch_whateverIsInGs() {
    try (TestMachine machine =
        TestMachine.with().hosted(Payloads.driver("calls_system"), 99L, 0L).build()) {
      assertEquals(
          List.of(0L, Integer.toUnsignedLong(Abi.SVSM_ERR_UNSUPPORTED_CALL())),
          run(machine).driverStatus());
    }
  }

  @Test
  void returnOutsideAHandler_changesNothing() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("calls_system"), (long) Abi.KVMPL_SYSTEM_CALL_RETURN(), 0L)
            .build()) {
      assertEquals(List.of(0L, 0L), run(machine).driverStatus());
    }
  }

  @Test
  void handlerThatIsNotTheDrivers_endsTheDriver() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(
                Payloads.driver("calls_system"),
                (long) Abi.KVMPL_SYSTEM_CALL_INTERRUPT(),
                0L,
                (long) Abi.KVMPL_SYSTEM_CALL_HANDLER(),
                Long.MIN_VALUE)
            .build()) {
      assertEquals(List.of(0L, GENERAL_PROTECTION), run(machine).driverStatus());
    }
  }

  @Test
  void interrupt_isPassedToTheDriver_whoseNextStoreIsJudged() {
    try (TestMachine machine = TestMachine.with().hosted(BuiltInPayload.IRQ, FREE).build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(List.of(Verdict.ALLOWED), verdicts(result));
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  @Test
  void interruptsAmongStores_disturbNeither() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("interrupted_often"), 20L, FREE, RESTRICTED.start())
            .build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(20, machine.memory().getLong(FREE));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  /** Of a driver that has ended before it came, or did not want it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void interruptOfTheDriverBefore_isNotPassed(boolean hosted) {
    long icr = Abi.APIC_ICR_SHORTHAND_SELF() | Abi.KVMPL_VECTOR_DEVICE();
    TestMachine.Builder builder = TestMachine.with();
    try (TestMachine machine =
        (hosted
                ? builder.hosted(
                    Payloads.driver("calls_system"), (long) Abi.KVMPL_SYSTEM_CALL_INTERRUPT(), 0L)
                : builder.driver(Payloads.driver("sends_event"), 0x80000015L, icr, 0L))
            .hosted(Payloads.driver("interrupted_often"), 0L, FREE, RESTRICTED.start())
            .build()) {
      assertEquals(0L, run(machine).driverStatus().getLast());
    }
  }

  /** Whether KVM makes it an exit or #UD. */
  @Test
  void fetchOfHiddenMemory_isJudged() {
    long execute = Abi.KVMPL_ACCESS_EXECUTE();
    long free = FREE + 8;
    try (TestMachine machine =
        TestMachine.with()
            .hidden(new PageRange(FREE, FREE + PageRange.PAGE_SIZE), RESTRICTED)
            .hosted(
                BuiltInPayload.OPERATE,
                execute,
                free,
                1L,
                0L,
                execute,
                free,
                1L,
                0L,
                execute,
                RESTRICTED.start(),
                1L,
                0L)
            .build()) {
      machine.memory().write(free, new byte[] {(byte) 0xc3}); // ret

      RunResult result = run(machine);

      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.RESTRICTED), verdicts(result));
    }
  }

  /** #UD that no permission explains. */
  @Test
  void whatIsNoInstruction_inKernelMemory_endsTheDriver() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("executes_privileged"), 9L, RESTRICTED.start())
            .build()) {
      machine.memory().write(RESTRICTED.start(), new byte[] {0x0f, 0x0b}); // ud2

      assertEquals(List.of(0L, EXCEPTION + 6), run(machine).driverStatus());
    }
  }

  @Test
  void driversAfterOneThatWasEnded_runAsEver_hostedOrNot() {
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("executes_privileged"), 0L)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .hosted(BuiltInPayload.STORE, FREE, 8L, 2L, FREE + PageRange.PAGE_SIZE, 8L, 3L)
            .driver(Payloads.driver("reads_cpl"))
            .build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, GENERAL_PROTECTION, 0L, 1L, 0L), result.driverStatus());
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER, Verdict.ALLOWED), verdicts(result));
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(3, machine.memory().getLong(FREE + PageRange.PAGE_SIZE));
    }
  }
}
