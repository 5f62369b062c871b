// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stores that KVM neither carries out nor tells of are judged like all others. */
@RequiresKvm
@Tag("endless-guest")
class StalledStoreTest {
  private static final long SGDT = 0;
  private static final int LENGTH = 10;
  private static final long TO = FREE + 0x100;
  private static final long PAGE_END = FREE + PageRange.PAGE_SIZE;
  private static final long LATER = FREE + 0x10000;
  private static final long RESTRICTED_ERROR = Integer.toUnsignedLong(Abi.KVMPL_ERR_RESTRICTED());
  private static final long GENERAL_PROTECTION =
      Integer.toUnsignedLong(Abi.KVMPL_ERR_EXCEPTION()) + 13;

  /** Ten looks of the watchdog's, of which three would be enough. */
  private static final Duration LIMIT = Duration.ofSeconds(2);

  /** What an EFAULT cannot be explained by. */
  private static final String UNKNOWN =
      "KVM_EXIT_MEMORY_FAULT (its instruction is none of which kvmpl knows what it accesses) on"
          + " vcpu0-vmpl1";

  private static final Operation LATER_STORE = judged(DRIVER + 1, LATER, 8, 1, Verdict.ALLOWED);

  private static Operation judged(int driver, long gpa, int length, long data, Verdict verdict) {
    int owner = verdict == Verdict.ALLOWED ? driver : 0;
    return new Operation(driver, Access.WRITE, gpa, length, data, verdict, owner);
  }

  /** A driver that stores a descriptor-table register, and one that comes later. */
  private static TestMachine.Builder storing(int cpl, Long... arguments) {
    TestMachine.Builder builder = TestMachine.with();
    return (cpl == 0
            ? builder.driver(Payloads.driver("stores_descriptor_table"), arguments)
            : builder.hosted(Payloads.driver("stores_descriptor_table"), arguments))
        .driver(BuiltInPayload.STORE, LATER, 8L, 1L);
  }

  private static void assertCompletes(RunResult result, long status, Operation... operations) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    assertEquals(List.of(operations), result.operations());
    assertEquals(List.of(0L, status, 0L), result.driverStatus());
  }

  /** The register's limit, which no table has as 0. */
  private static void assertHasLanded(TestMachine machine, long at) {
    byte[] limit = machine.memory().read(at, Short.BYTES);
    assertFalse(limit[0] == 0 && limit[1] == 0, "nothing has been stored");
  }

  private static void assertUntouched(TestMachine machine, long at, int length) {
    assertArrayEquals(new byte[length], machine.memory().read(at, length));
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "3, 0", "3, 1"})
  void allowedStore_isDoneByTheCpu(int cpl, long which) {
    try (TestMachine machine = storing(cpl, TO, which).build()) {
      assertCompletes(
          machine.run(), 0, judged(DRIVER, TO, LENGTH, 0, Verdict.ALLOWED), LATER_STORE);

      assertHasLanded(machine, TO);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "0, 1", "3, 0", "3, 1"})
  void refusedStore_leavesItsErrorToTheDriver_andLaterOnesRun(int cpl, long which) {
    long to = RESTRICTED.start() + 0x100;
    try (TestMachine machine = storing(cpl, to, which).build()) {
      assertCompletes(
          machine.run(),
          RESTRICTED_ERROR,
          judged(DRIVER, to, LENGTH, 0, Verdict.RESTRICTED),
          LATER_STORE);

      assertUntouched(machine, to, LENGTH);
    }
  }

  @Test
  void refusedStore_endsAHostedDriverThatIsNotReady_andLaterOnesRun() {
    long to = RESTRICTED.start() + 0x100;
    try (TestMachine machine =
        TestMachine.with()
            .hosted(Payloads.driver("stores_descriptor_table_plainly"), to)
            .driver(BuiltInPayload.STORE, LATER, 8L, 1L)
            .build()) {
      assertCompletes(
          machine.run(),
          GENERAL_PROTECTION,
          judged(DRIVER, to, LENGTH, 0, Verdict.RESTRICTED),
          LATER_STORE);
    }
  }

  @ParameterizedTest
  @EnumSource(Detection.class)
  void storeIsJudged_whoeverDetects(Detection detection) {
    try (TestMachine machine = storing(0, TO, SGDT).detection(detection).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L, 0L), result.driverStatus());
      assertEquals(2, result.operations().size());
      assertHasLanded(machine, TO);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 5, 9})
  void storeAcrossTheEndsOfTwoClosedPages_isJudgedForEach(long inFirst) {
    int first = (int) inFirst;
    try (TestMachine machine = storing(3, PAGE_END - inFirst, SGDT).build()) {
      assertCompletes(
          machine.run(),
          0,
          judged(DRIVER, PAGE_END - inFirst, first, 0, Verdict.ALLOWED),
          judged(DRIVER, PAGE_END, LENGTH - first, 0, Verdict.ALLOWED),
          LATER_STORE);

      assertHasLanded(machine, PAGE_END - inFirst);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3})
  void storeOfWhichOnePageIsRefused_doesNotLandInTheOther(int cpl) {
    long from = RESTRICTED.start() - 4;
    try (TestMachine machine = storing(cpl, from, SGDT).build()) {
      assertCompletes(
          machine.run(),
          RESTRICTED_ERROR,
          judged(DRIVER, from, 4, 0, Verdict.RESTRICTED),
          judged(DRIVER, RESTRICTED.start(), LENGTH - 4, 0, Verdict.RESTRICTED),
          LATER_STORE);

      assertUntouched(machine, from, LENGTH);
    }
  }

  /** KVM puts the first part there anew whenever it tries. */
  @Test
  void storeFromAnOpenPageIntoARefusedOne_endsTheMachine_andSaysWhy() {
    long from = RESTRICTED.start() - 4;
    try (TestMachine machine = storing(0, from, SGDT, from - 8).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(
          result.message().startsWith("sgdt across a page's end is refused"), result::message);
      assertTrue(result.message().contains("at rip"), result::message);
      assertUntouched(machine, RESTRICTED.start(), LENGTH - 4);
    }
  }

  @Test
  void storeFromARefusedPageIntoAnOpenOne_doesNotLandThere() {
    long from = RESTRICTED.end() - 4;
    try (TestMachine machine = storing(0, from, SGDT, RESTRICTED.end() + 8).build()) {
      assertCompletes(
          machine.run(),
          RESTRICTED_ERROR,
          judged(DRIVER, RESTRICTED.end() + 8, 1, 1, Verdict.ALLOWED),
          judged(DRIVER, from, 4, 0, Verdict.RESTRICTED),
          LATER_STORE);

      assertUntouched(machine, from, LENGTH);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"VMPL1", "VMPL2", "VMPL3"})
  void storeOnAnotherProcessor_isJudgedThere(Vmpl level) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("stores_descriptor_table"), level, List.of(1), TO, SGDT)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(judged(DRIVER, TO, LENGTH, 0, Verdict.ALLOWED)), result.operations());
      assertHasLanded(machine, TO);
    }
  }

  @Test
  void kicksForOtherReasons_doNotHideIt() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("adjusts_meanwhile"))
            .driver(Payloads.driver("stores_descriptor_table"), Vmpl.VMPL2, List.of(1), TO, SGDT)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), LATER, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          List.of(
              judged(1, TO, LENGTH, 0, Verdict.ALLOWED), judged(2, LATER, 8, 1, Verdict.ALLOWED)),
          result.operations());
      assertHasLanded(machine, TO);
    }
  }

  @Test
  void storeOfTheValidators_endsTheMachine_andIsNamed() {
    try (TestMachine machine =
        TestMachine.with().validator(Payloads.validator("stores_descriptor_table")).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(
          result
              .message()
              .startsWith(
                  TestMachine.PENDING
                      ? "KVM_EXIT_MEMORY_FAULT (write of 10 bytes at gpa 0x1100100) on vcpu1-vmpl0"
                      : "KVM retries for ever sgdt of 10 bytes at gpa 0x1100100, where vcpu1-vmpl0"
                          + " may not write; at rip "),
          result::message);
    }
  }

  private static RunResult loop(long how) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("loops_at_a_store"), FREE, how, RESTRICTED.start())
            .timeLimit(LIMIT)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.TIMED_OUT, result.outcome(), result.message());
      assertEquals(judged(DRIVER, FREE, 8, 0, Verdict.ALLOWED), result.operations().getFirst());
      return result;
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 2, 3})
  void guestThatMerelyLoops_isNotTakenForOne(long how) {
    assertEquals(1, loop(how).operations().size());
  }

  @Test
  void guestThatGetsOnWithoutExits_isNotSaidToBeAnywhere() {
    assertEquals("not done after 2000 ms", loop(4).message());
  }

  @Test
  void guestThatIsRefusedAllTheTime_isNotTakenForOne() {
    assumeFalse(TestMachine.PENDING, "the first refusal is its end");
    assertEquals("not done after 2000 ms", loop(5).message());
  }

  /** It is no instruction that could be decoded, so all that can be said is where it was. */
  @Test
  void storeOfCodeThatIsNot64Bit_isNotGuessed() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("stores_in_compatibility_mode"), TO)
            .timeLimit(LIMIT)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(), result.operations());
      assertTrue(
          result.message().startsWith(UNKNOWN)
              || result
                  .message()
                  .matches("not done after 2000 ms; vcpu0-vmpl1 .*: 0f 01 05 00 01 10 01.*"),
          result::message);
    }
  }

  /** No operand of the instruction says what it reads. */
  @Test
  void selectorFromATableThatIsHidden_isNotGuessed() {
    try (TestMachine machine =
        TestMachine.with()
            .hidden(new PageRange(LATER, LATER + PageRange.PAGE_SIZE))
            .driver(Payloads.driver("loads_selector"), LATER)
            .timeLimit(LIMIT)
            .build()) {
      RunResult result = machine.run();

      assertTrue(
          result.message().startsWith(UNKNOWN)
              || result
                  .message()
                  .matches(
                      "not done after 2000 ms; vcpu0-vmpl1 makes no progress at rip .*: 8e d8.*"),
          result::message);
    }
  }

  @Test
  void guestThatIsAtOnePlaceUntilItsTime_isNamedWithThePlace() {
    try (TestMachine machine =
        TestMachine.with().driver(Payloads.driver("loops")).timeLimit(LIMIT).build()) {
      RunResult result = machine.run();

      assertTrue(
          result
              .message()
              .matches("not done after 2000 ms; vcpu0-vmpl1 makes no progress at rip .*: eb fe.*"),
          result::message);
    }
  }
}
