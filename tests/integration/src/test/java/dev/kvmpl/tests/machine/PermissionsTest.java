// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_permissions;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
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
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is stored about a driver: in memory it may do that, and only where nobody keeps it away. */
@RequiresKvm
class PermissionsTest {
  private static final long PAGE = PageRange.PAGE_SIZE;
  private static final PageRange HIDDEN = new PageRange(FREE, FREE + 4 * PAGE);
  private static final PageRange ALL = new PageRange(0x1000000, 0x1800000);

  private static Permission may(Access access, long start, long end) {
    return new Permission(access, start, end);
  }

  private static List<Verdict> verdicts(RunResult result) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result.operations().stream().map(Operation::verdict).toList();
  }

  @ParameterizedTest
  @EnumSource
  void write_isDoneWhereItIsStored_andNowhereElse(Detection detection) {
    try (TestMachine machine =
        TestMachine.with()
            .detection(detection)
            .driver(
                BuiltInPayload.STORE, FREE, 8L, 1L, FREE + PAGE, 8L, 2L, FREE + 2 * PAGE, 8L, 3L)
            .permissions(may(Access.WRITE, FREE + PAGE, FREE + 2 * PAGE))
            .build()) {
      assertEquals(
          List.of(Verdict.NO_PERMISSION, Verdict.ALLOWED, Verdict.NO_PERMISSION),
          verdicts(machine.run()));
      assertEquals(0, machine.memory().getLong(FREE));
      assertEquals(2, machine.memory().getLong(FREE + PAGE));
      assertEquals(0, machine.memory().getLong(FREE + 2 * PAGE));
    }
  }

  @Test
  void driverForWhichNothingIsListed_mayDoNothing() {
    try (TestMachine machine =
        TestMachine.with().driver(BuiltInPayload.STORE, FREE, 8L, 1L).permissions().build()) {
      assertEquals(List.of(Verdict.NO_PERMISSION), verdicts(machine.run()));
    }
  }

  @Test
  void refusal_isTheDriversError_andLeavesNothingBehind() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("stores_plainly"), FREE, 1L)
            .permissions()
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.NO_PERMISSION), verdicts(result));
      assertEquals(result.before(), result.after());
    }
  }

  @Test
  void permission_givesNothingThatIsRestrictedOrAnothers() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, RESTRICTED.start(), 8L, 1L, OTHERS.start(), 8L, 1L)
            .permissions(may(Access.WRITE, ALL.start(), ALL.end()))
            .build()) {
      assertEquals(List.of(Verdict.RESTRICTED, Verdict.OWNED_BY_OTHER), verdicts(machine.run()));
    }
  }

  @Test
  void permissionOfAnotherDriver_doesNotCount() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .permissions(may(Access.WRITE, FREE, FREE + PAGE))
            .driver(BuiltInPayload.STORE, FREE + PAGE, 8L, 1L)
            .permissions(may(Access.WRITE, FREE, FREE + PAGE))
            .driver(BuiltInPayload.STORE, FREE + PAGE, 8L, 1L)
            .permissions(may(Access.READ, FREE + PAGE, FREE + 2 * PAGE))
            .build()) {
      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.NO_PERMISSION, Verdict.NO_PERMISSION),
          verdicts(machine.run()));
    }
  }

  @Test
  void driverAboutWhichNothingIsStored_hasMemoryAsBefore() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE)
            .permissions()
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      assertEquals(List.of(Verdict.ALLOWED), verdicts(machine.run()));
    }
  }

  @Test
  void readAndExecute_arePermittedEachForItself() {
    try (TestMachine machine =
        TestMachine.with()
            .hidden(HIDDEN)
            .driver(
                BuiltInPayload.OPERATE,
                1L,
                FREE,
                8L,
                0xc3L,
                2L,
                FREE + PAGE,
                1L,
                0L,
                2L,
                FREE + 2 * PAGE,
                1L,
                0L,
                1L,
                FREE + 3 * PAGE,
                8L,
                0L)
            .permissions(
                may(Access.READ, FREE, FREE + PAGE),
                may(Access.EXECUTE, FREE + 2 * PAGE, FREE + 4 * PAGE))
            .build()) {
      for (long page = FREE; page < HIDDEN.end(); page += PAGE) {
        machine.memory().putLong(page, 0xc3); // ret
      }
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.NO_PERMISSION, Verdict.ALLOWED, Verdict.NO_PERMISSION),
          verdicts(result));
      assertEquals(List.of(0L, 2L), result.driverStatus());
    }
  }

  @Test
  void codebaseThatAllows_doesNotReplaceThePermission() {
    try (TestMachine machine =
        TestMachine.with()
            .codebase(Payloads.codebase("allows"), ALL)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .permissions()
            .build()) {
      assertEquals(List.of(Verdict.NO_PERMISSION), verdicts(machine.run()));
    }
  }

  @Test
  void driverOfAnotherLevelAndProcessor_hasItsOwn() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                BuiltInPayload.OPERATE,
                Vmpl.VMPL2,
                List.of(1),
                0L,
                FREE,
                8L,
                1L,
                0L,
                FREE + PAGE,
                8L,
                1L,
                4L,
                0x70L,
                1L,
                5L,
                3L,
                0x70L,
                1L,
                0xffL,
                6L,
                0x4b560000L,
                8L,
                5L)
            .permissions(may(Access.WRITE, FREE, FREE + PAGE), may(Access.PORT_WRITE, 0x70, 0x71))
            .build()) {
      assertEquals(
          List.of(
              Verdict.ALLOWED,
              Verdict.NO_PERMISSION,
              Verdict.ALLOWED,
              Verdict.NO_PERMISSION,
              Verdict.NO_PERMISSION),
          verdicts(machine.run()));
    }
  }

  /** Whose there is a table, the count, the first entry's driver, start and end, and beyond. */
  @ParameterizedTest
  @ValueSource(longs = {0, 8, 16, 24, 32, 40})
  void storeIntoTheTable_isRefused_andNothingIsPermittedByIt(long offset) {
    long at = Abi.KVMPL_PERMISSIONS_GPA() + offset;
    try (TestMachine machine =
        TestMachine.with()
            .driver(BuiltInPayload.STORE, at, 8L, -1L, FREE + PAGE, 8L, 1L)
            .permissions(may(Access.WRITE, FREE, FREE + PAGE))
            .build()) {
      byte[] before =
          machine.memory().read(Abi.KVMPL_PERMISSIONS_GPA(), (int) kvmpl_permissions.sizeof());

      assertEquals(List.of(Verdict.RESTRICTED, Verdict.NO_PERMISSION), verdicts(machine.run()));
      assertArrayEquals(
          before,
          machine.memory().read(Abi.KVMPL_PERMISSIONS_GPA(), (int) kvmpl_permissions.sizeof()));
    }
  }

  @Test
  void fullTable_isSearchedToItsEnds() {
    Permission[] everySecondPage = new Permission[1024];
    for (int i = 0; i < everySecondPage.length; i++) {
      long page = ALL.start() + 2L * i * PAGE;
      everySecondPage[i] = may(i < 512 ? Access.WRITE : Access.READ, page, page + PAGE);
    }
    long last = ALL.start() + 2 * 511 * PAGE;
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .driver(
                BuiltInPayload.STORE,
                ALL.start(),
                8L,
                1L,
                ALL.start() + PAGE,
                8L,
                1L,
                last,
                8L,
                1L,
                last + PAGE,
                8L,
                1L,
                last + 20 * PAGE,
                8L,
                1L)
            .permissions(everySecondPage)
            .build()) {
      assertEquals(
          List.of(
              Verdict.ALLOWED,
              Verdict.NO_PERMISSION,
              Verdict.ALLOWED,
              Verdict.NO_PERMISSION,
              Verdict.NO_PERMISSION),
          verdicts(machine.run()));
    }
  }

  @Test
  void judgedOperation_namesTheDriver() {
    try (TestMachine machine =
        TestMachine.with().driver(BuiltInPayload.STORE, FREE, 8L, 7L).permissions().build()) {
      assertEquals(
          List.of(new Operation(DRIVER, Access.WRITE, FREE, 8, 7, Verdict.NO_PERMISSION, 0)),
          machine.run().operations());
    }
  }
}
