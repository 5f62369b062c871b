// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Nobody but guests, by stores, and the hypervisor where it says so, writes guests' memory. */
@RequiresKvm
class HostWritesTest {
  private static final String NAMES_PAGE = "names_page_to_host";
  private static final long SYSTEM_TIME = 0x4b564d01;

  /** {@code vmcall; ret; vmmcall; ret; syscall; ret; ret}. */
  private static final byte[] HYPERCALLS = HexFormat.of().parseHex("0f01c1c30f01d9c30f05c3c3");

  /** Who tries. */
  enum Place {
    VMPL1,
    VMPL2,
    HOSTED;

    TestMachine.Builder driver(String payload, Long... arguments) {
      TestMachine.Builder builder = TestMachine.with();
      return switch (this) {
        case VMPL1 -> builder.driver(Payloads.driver(payload), arguments);
        case VMPL2 -> builder.driver(Payloads.driver(payload), Vmpl.VMPL2, List.of(0), arguments);
        case HOSTED -> builder.hosted(Payloads.driver(payload), arguments);
      };
    }
  }

  private static RunResult run(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result;
  }

  /** As the driver has filled it. */
  private static void assertUntouched(TestMachine machine) {
    for (long at = FREE; at < FREE + PageRange.PAGE_SIZE; at += Long.BYTES) {
      assertEquals(at, machine.memory().getLong(at));
    }
  }

  @ParameterizedTest
  @EnumSource
  void msrThatIsToldOfAPage_doesNotExist_andThePageStaysAsItIs(Place place) {
    try (TestMachine machine = place.driver(NAMES_PAGE, FREE).build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(1, result.operations().size()); // the first store, which is granted
      assertUntouched(machine);
    }
  }

  /** The guest kernel's own MSRs are its own then as well. */
  @Test
  void msrThatIsToldOfAPage_doesNotExist_forAHostedDriverWithPermissions() {
    try (TestMachine machine =
        Place.HOSTED
            .driver(NAMES_PAGE, FREE)
            .permissions(new Permission(Access.WRITE, FREE, FREE + PageRange.PAGE_SIZE))
            .build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(1, result.operations().size());
      assertUntouched(machine);
    }
  }

  /**
   * Each is judged; what is allowed is a register of the machine's device, whatever KVM has there.
   */
  @ParameterizedTest
  @EnumSource(names = {"VMPL1", "VMPL2"})
  void msrThatPermissionsName_isTheMachines_notKvms(Place place) {
    try (TestMachine machine =
        place
            .driver(NAMES_PAGE, FREE)
            .permissions(
                new Permission(Access.WRITE, FREE, FREE + PageRange.PAGE_SIZE),
                new Permission(Access.MSR_WRITE, SYSTEM_TIME, SYSTEM_TIME + 4))
            .build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, SYSTEM_TIME), result.driverStatus());
      assertEquals(
          8,
          result.operations().stream()
              .filter(operation -> operation.access() == Access.MSR_WRITE)
              .filter(operation -> operation.verdict() == Verdict.ALLOWED)
              .count());
      assertUntouched(machine);
    }
  }

  @Test
  void whatADriverHasToldMsrs_isNotWrittenIntoItsSuccessorsPage() {
    try (TestMachine machine =
        TestMachine.with()
            .unloaded(Payloads.driver(NAMES_PAGE), List.of(), FREE)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, FREE + 8, 8L, 2L, FREE + 64, 8L, 3L)
            .build()) {
      assertEquals(List.of(0L, 0L, 0L), run(machine).driverStatus());
      assertEquals(1, machine.memory().getLong(FREE));
      assertEquals(2, machine.memory().getLong(FREE + 8));
      assertEquals(FREE + 16, machine.memory().getLong(FREE + 16));
      assertEquals(3, machine.memory().getLong(FREE + 64));
    }
  }

  @Test
  void guestKernel_hasNoSuchMsrsEither() {
    long page = 0x3f0000; // in VMPL1's area, and free
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(BuiltInPayload.STORE, page)
            .kernel(Payloads.kernel(NAMES_PAGE))
            .build()) {
      assertEquals(List.of(0L), run(machine).driverStatus());
      assertArrayEquals(
          new byte[PageRange.PAGE_SIZE], machine.memory().read(page, PageRange.PAGE_SIZE));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void validator_hasNoSuchMsrsEither_alsoBesideDriversWithPermissions(boolean permissions) {
    TestMachine.Builder builder =
        TestMachine.with().withoutOthers().driver(Payloads.driver("reads_cpl"));
    if (permissions) {
      builder.permissions();
    }
    try (TestMachine machine = builder.validator(Payloads.validator(NAMES_PAGE)).build()) {
      run(machine);

      assertEquals(0, machine.memory().getLong(FREE + PageRange.PAGE_SIZE));
      assertArrayEquals(
          new byte[PageRange.PAGE_SIZE], machine.memory().read(FREE, PageRange.PAGE_SIZE));
    }
  }

  /** Where the driver may write, and KVM could replace them. */
  @ParameterizedTest
  @EnumSource
  void hypercalls_ofTheDriversImage_stayAsTheyAre_andWriteNothing(Place place) {
    try (TestMachine machine = place.driver("calls_hypervisor", 0L, RESTRICTED.start()).build()) {
      RunResult result = run(machine);

      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(List.of(), result.operations());
      assertRestrictedIsZero(machine);
    }
  }

  @ParameterizedTest
  @EnumSource
  void hypercalls_inKernelMemory_areNoStores(Place place) {
    try (TestMachine machine = place.driver("calls_hypervisor", FREE, RESTRICTED.start()).build()) {
      machine.memory().write(FREE, HYPERCALLS);

      RunResult result = run(machine);

      assertEquals(List.of(0L, 0L), result.driverStatus());
      // A hosted driver's #UD can be a fetch that its level may not do, so its kernel asks.
      assertTrue(
          result.operations().stream().noneMatch(operation -> operation.access() == Access.WRITE));
      assertArrayEquals(HYPERCALLS, machine.memory().read(FREE, HYPERCALLS.length));
      assertRestrictedIsZero(machine);
    }
  }

  /** An exception, or an instruction that this KVM does not know. */
  @ParameterizedTest
  @CsvSource({
    "0, EFER.SVME",
    "1, CR4.VMXE",
    "2, vmrun",
    "3, vmsave",
    "4, vmload",
    "5, stgi",
    "6, skinit",
    "7, vmxon",
    "8, vmclear",
    "9, vmptrst",
    "10, vmread",
    "11, vmlaunch",
    "12, rsm",
    "13, encls",
    "14, getsec"
  })
  void virtualization_isNotThereForGuests(long which, String what) {
    try (TestMachine machine =
        Place.VMPL1.driver("executes_virtualization", which, RESTRICTED.start()).build()) {
      RunResult result = machine.run();

      if (result.outcome() == Outcome.FAILED) {
        assertTrue(result.message().contains("KVM cannot emulate"), result::message);
      } else {
        assertEquals(List.of(0L, 1L), result.driverStatus(), what);
      }
      assertEquals(List.of(), result.operations());
      assertRestrictedIsZero(machine);
    }
  }

  /**
   * A descriptor's accessed bit, which ends with the time limit on some hosts; an exception's
   * frame.
   */
  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void whatTheCpuWritesByItself_isNotWrittenWhereTheLevelMayNot(long how) {
    byte[] dataNotAccessed = HexFormat.of().parseHex("ffff00000092cf00");
    try (TestMachine machine =
        Place.VMPL1
            .driver("has_cpu_write", how, RESTRICTED.start())
            .timeLimit(Duration.ofSeconds(2))
            .build()) {
      machine.memory().write(RESTRICTED.start() + 0x10, dataNotAccessed);
      byte[] before = machine.memory().read(RESTRICTED.start(), PageRange.PAGE_SIZE);

      RunResult result = machine.run();

      assertTrue(
          result.operations().stream().map(Operation::verdict).allMatch(Verdict.RESTRICTED::equals),
          () -> result.operations().toString());
      assertArrayEquals(before, machine.memory().read(RESTRICTED.start(), PageRange.PAGE_SIZE));
    }
  }

  private static void assertRestrictedIsZero(TestMachine machine) {
    assertArrayEquals(
        new byte[PageRange.PAGE_SIZE],
        machine.memory().read(RESTRICTED.start(), PageRange.PAGE_SIZE));
  }
}
