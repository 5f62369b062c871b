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
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.GuestCode;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Stores across a page's end and beside it, by every kind of instruction: whole, or not at all, or
 * the machine says that a part of one that was refused is in memory.
 */
@RequiresKvm
class CrossingStoreTest {
  private static final long PAGE_END = FREE + PageRange.PAGE_SIZE;

  private static TestMachine machine(StoreOfForm form, long to, long opened) {
    return TestMachine.with()
        .driver(Payloads.driver("executes"), form.code(to).opening(opened, 0))
        .build();
  }

  private static void assertWhole(StoreOfForm form, long to, long opened) {
    try (TestMachine machine = machine(form, to, opened)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      byte[] stored = machine.memory().read(to, form.size());
      if (form.isKnown()) {
        assertArrayEquals(form.stored(), stored);
      }
    }
  }

  /** Part of it lands before anybody is asked, the rest when it is allowed. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void storeFromAnOpenPageIntoOneThatIsGranted_isWhole(StoreOfForm form) {
    assertWhole(form, PAGE_END - form.size() / 2, FREE);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void storeFromAPageThatIsGrantedIntoAnOpenOne_isWhole(StoreOfForm form) {
    assertWhole(form, PAGE_END - form.size() / 2, PAGE_END + 0x800);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void storeIntoTwoPagesThatAreGranted_isWhole(StoreOfForm form) {
    assertWhole(form, PAGE_END - form.size() / 2, 0);
  }

  /** Both parts are told: nothing lands before both are judged. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void storeOfWhichTheSecondPageIsRefused_doesNotLandAtAll(StoreOfForm form) {
    long to = RESTRICTED.start() - form.size() / 2;
    try (TestMachine machine = machine(form, to, 0)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().getLast());
      assertArrayEquals(new byte[form.size()], machine.memory().read(to, form.size()));
      result.operations().forEach(judged -> assertEquals(Verdict.RESTRICTED, judged.verdict()));
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SET", "MOVQ"})
  void refusedStoreFromAnOpenPage_endsTheMachine_becauseAPartHasLanded(StoreOfForm form) {
    int inFirst = form.size() / 2;
    long to = RESTRICTED.start() - inFirst;
    assertEndsTheMachine(form, to, RESTRICTED.start() - 0x800, RESTRICTED.start());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"SET", "MOVQ"})
  void refusedStoreIntoAnOpenPage_endsTheMachine_becauseAPartHasLanded(StoreOfForm form) {
    long to = RESTRICTED.end() - form.size() / 2;
    assertEndsTheMachine(form, to, RESTRICTED.end() + 0x800, to);
  }

  /** But for what a CPU has not begun before it is judged. */
  private static void assertEndsTheMachine(
      StoreOfForm form, long to, long opened, long restrictedPart) {
    boolean begun =
        TestMachine.GRANT != GrantKind.STORE // else one store has not opened the page
            && (!TestMachine.PENDING || (form.isInSteps() && beginsOpen(form, to, opened)));
    try (TestMachine machine = machine(form, to, opened)) {
      RunResult result = machine.run();

      if (!begun) {
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().getLast());
        assertArrayEquals(new byte[form.size()], machine.memory().read(to, form.size()));
        return;
      }
      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(result.message().contains("across a page's end"), result::message);
      assertTrue(result.message().contains("driver 2"), result::message);
      assertTrue(result.message().contains("at rip"), result::message);
      int length = form.size() / 2;
      assertArrayEquals(new byte[length], machine.memory().read(restrictedPart, length));
    }
  }

  /** Of what is done in steps: upwards, but for what enter pushes. */
  private static boolean beginsOpen(StoreOfForm form, long to, long opened) {
    return opened < to || form == StoreOfForm.ENTER;
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void refusedStoreAtAPagesEnd_withAnOpenOneBehindIt_isRefused_andNothingElse(StoreOfForm form) {
    assertRefused(form, RESTRICTED.end() - form.size(), RESTRICTED.end() + 0x800);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void refusedStoreAtAPagesStart_withAnOpenOneBeforeIt_isRefused_andNothingElse(StoreOfForm form) {
    assertRefused(form, RESTRICTED.start(), RESTRICTED.start() - 0x800);
  }

  /** The pages' other bytes are none that a store across their border would have left there. */
  private static void assertRefused(StoreOfForm form, long to, long opened) {
    try (TestMachine machine = machine(form, to, opened)) {
      machine.memory().putLong(RESTRICTED.start() - 8, 0x5a5a5a5a5a5a5a5aL);
      machine.memory().putLong(RESTRICTED.end(), 0x5a5a5a5a5a5a5a5aL);
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().getLast());
      Operation refused = result.operations().getLast();
      assertEquals(Verdict.RESTRICTED, refused.verdict());
      assertEquals(TestMachine.PENDING ? form.size() : Math.min(8, form.size()), refused.length());
      assertArrayEquals(new byte[form.size()], machine.memory().read(to, form.size()));
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MOVQ")
  void allowedStoreBesideAnOpenPage_isDone(StoreOfForm form) {
    assertWhole(form, PAGE_END - form.size(), PAGE_END);
    assertWhole(form, PAGE_END, FREE);
  }

  /** 48 is the last byte of an immediate, or the prefix that makes 8 bytes of 4. */
  private static TestMachine machineOfTwoReadings(long to, long opened) {
    GuestCode code = new GuestCode().set(GuestCode.RDI, to).raw("b9 00 00 00 48 89 0f");
    return TestMachine.with().driver(Payloads.driver("executes"), code.opening(opened, 0)).build();
  }

  @Test
  void storeWithALongerReading_isDone_ifItIsAllowed() {
    try (TestMachine machine = machineOfTwoReadings(PAGE_END - 4, PAGE_END + 0x800)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(4, result.operations().getLast().length());
      assertEquals(0x48000000, machine.memory().getInt(PAGE_END - 4));
    }
  }

  @Test
  void refusedStoreWithALongerReading_isRefused_ifMemoryIsNotWhatThatWouldHaveLeft() {
    try (TestMachine machine = machineOfTwoReadings(RESTRICTED.end() - 4, RESTRICTED.end())) {
      RunResult result = machine.run(); // which has stored a byte there first

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(Verdict.RESTRICTED.code(), result.driverStatus().getLast());
    }
  }

  @Test
  void refusedStoreWithALongerReading_endsTheMachine_ifNothingTellsThemApart() {
    try (TestMachine machine = machineOfTwoReadings(RESTRICTED.end() - 4, RESTRICTED.end() + 8)) {
      RunResult result = machine.run();

      if (TestMachine.PENDING) { // RIP is at it, so there is one reading
        assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
        return;
      }
      assertEquals(Outcome.FAILED, result.outcome());
      assertTrue(result.message().contains("the whole of mov of 4 bytes"), result::message);
      assertTrue(result.message().contains("a part of mov of 8 bytes"), result::message);
      assertEquals(0, machine.memory().getInt(RESTRICTED.end() - 4));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void storeIsWhole_whereverThePageEnds(int inFirst) {
    assertWhole(StoreOfForm.MOV_8, PAGE_END - inFirst, 0);
    assertWhole(StoreOfForm.MOV_8, PAGE_END - inFirst, FREE);
    assertWhole(StoreOfForm.MOV_8, PAGE_END - inFirst, PAGE_END + 0x800);
    assertWhole(StoreOfForm.MOVUPS, PAGE_END - inFirst, 0);
    assertWhole(StoreOfForm.MOVUPS, PAGE_END - inFirst - 8, 0);
  }

  @Test
  void storeAcrossTheEndsOfTwoOpenPages_isDoneWithoutAnExit() {
    try (TestMachine machine =
        TestMachine.storing(FREE, 1L, 0L, PAGE_END, 1L, 0L, PAGE_END - 3, 8L, -1L)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(TestMachine.GRANT == GrantKind.STORE ? 3 : 2, TestMachine.caught(result));
      assertEquals(-1, machine.memory().getLong(PAGE_END - 3));
    }
  }

  /** Each part that KVM tells of is judged by itself: permissions are for bytes. */
  @Test
  void storeOf16Bytes_isJudgedInPartsOf8_orWhereItIsPendingInOne_andDoneWhole() {
    try (TestMachine machine = machine(StoreOfForm.MOVUPS, FREE, 0)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(
          TestMachine.PENDING ? List.of(FREE) : List.of(FREE, FREE + 8),
          result.operations().stream().map(Operation::gpa).toList());
      assertEquals(
          TestMachine.PENDING ? List.of(16) : List.of(8, 8),
          result.operations().stream().map(Operation::length).toList());
      assertArrayEquals(StoreOfForm.MOVUPS.stored(), machine.memory().read(FREE, 16));
    }
  }
}
