// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RMPADJUST: alignment comes before the levels, those before the size, that before the permissions.
 * Each test goes through every combination of what must not matter for it. Codes are written as
 * numbers: AMD manual volume 3, RMPADJUST.
 */
@Tag("exhaustive")
class RmpAdjustTest {
  private static final int OK = 0;
  private static final int FAIL_INPUT = 1;
  private static final int FAIL_PERMISSION = 2;
  private static final int FAIL_SIZEMISMATCH = 6;

  private static final long SIZE_4K = 0;
  private static final long SIZE_2M = 1;
  private static final long LARGE_PAGE = 2 << 20;
  private static final int PAGES = 1024; // two large pages
  private static final long MEMORY = PAGES * 4096L;
  private static final int PAGE = 512; // starts a large page too
  private static final long GPA = PAGE * 4096L;
  private static final int PERMISSION_SETS = 16;

  /** One execution: who, on what, for whom, and what the caller itself may. */
  record Attempt(Vmpl caller, int callerMay, int target, int wanted) {
    long rdx() {
      return (long) wanted << 8 | target;
    }

    /** A database in which VMPL1 to 3 may what {@code callerMay} says. */
    Rmp rmp() {
      Rmp rmp = new Rmp(PAGES);
      for (Vmpl level : List.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3)) {
        rmp.assign(new PageRange(0, MEMORY), level, callerMay);
      }
      return rmp;
    }
  }

  /** Every caller with every permission of its own, every target level, every wanted permission. */
  static Stream<Attempt> all() {
    return Stream.of(Vmpl.values())
        .flatMap(
            caller ->
                ownPermissions(caller)
                    .boxed()
                    .flatMap(
                        may ->
                            IntStream.rangeClosed(0, 3)
                                .boxed()
                                .flatMap(
                                    target ->
                                        IntStream.range(0, PERMISSION_SETS)
                                            .mapToObj(
                                                wanted ->
                                                    new Attempt(caller, may, target, wanted)))));
  }

  private static IntStream ownPermissions(Vmpl caller) {
    return caller == Vmpl.VMPL0
        ? IntStream.of(PagePermissions.ALL)
        : IntStream.range(0, PERMISSION_SETS);
  }

  private static Stream<Attempt> toLevelsBelow() {
    return all().filter(attempt -> attempt.target() > attempt.caller().number());
  }

  private static Stream<Attempt> toLevelsNotBelow() {
    return all().filter(attempt -> attempt.target() <= attempt.caller().number());
  }

  private static boolean withinOwn(Attempt attempt) {
    return (attempt.wanted() & ~attempt.callerMay()) == 0;
  }

  private static List<Integer> contents(Rmp rmp) {
    List<Integer> contents = new ArrayList<>();
    for (Vmpl level : Vmpl.values()) {
      for (int page = 0; page < PAGES; page++) {
        contents.add(rmp.permissions(page, level));
      }
    }
    return contents;
  }

  static LongStream addressesOfNo4KPage() {
    return LongStream.of(
        GPA + 1, GPA + 8, GPA + 4095, MEMORY, MEMORY + 4096, -4096, Long.MIN_VALUE, 1L << 44);
  }

  @ParameterizedTest
  @MethodSource("addressesOfNo4KPage")
  void addressOfNo4KPage_isRefusedAsInput_whateverElseIsWrong(long address) {
    all()
        .forEach(
            attempt ->
                assertEquals(
                    FAIL_INPUT,
                    attempt.rmp().adjust(attempt.caller(), address, SIZE_4K, attempt.rdx()),
                    attempt::toString));
  }

  static LongStream addressesOfNo2MPage() {
    return LongStream.of(4096, GPA + 1, GPA + 4096, GPA + LARGE_PAGE - 4096, MEMORY, -LARGE_PAGE);
  }

  @ParameterizedTest
  @MethodSource("addressesOfNo2MPage")
  void addressOfNo2MPage_isRefusedAsInput_whateverElseIsWrong(long address) {
    all()
        .forEach(
            attempt ->
                assertEquals(
                    FAIL_INPUT,
                    attempt.rmp().adjust(attempt.caller(), address, SIZE_2M, attempt.rdx()),
                    attempt::toString));
  }

  @ParameterizedTest
  @MethodSource
  void sizeThatDoesNotExist_isRefusedAsInput(long size) {
    all()
        .forEach(
            attempt ->
                assertEquals(
                    FAIL_INPUT,
                    attempt.rmp().adjust(attempt.caller(), GPA, size, attempt.rdx()),
                    attempt::toString));
  }

  static LongStream sizeThatDoesNotExist_isRefusedAsInput() {
    return LongStream.of(2, 3, -1, 1L << 32, Long.MIN_VALUE);
  }

  @ParameterizedTest
  @MethodSource("bothSizes")
  void targetLevelNotBelowTheCaller_isRefusedAsPermission(long size) {
    toLevelsNotBelow()
        .forEach(
            attempt ->
                assertEquals(
                    FAIL_PERMISSION,
                    attempt.rmp().adjust(attempt.caller(), GPA, size, attempt.rdx()),
                    attempt::toString));
  }

  static LongStream bothSizes() {
    return LongStream.of(SIZE_4K, SIZE_2M);
  }

  @ParameterizedTest
  @MethodSource
  void targetLevelThatDoesNotExist_isRefused(int target) {
    Rmp rmp = new Rmp(PAGES);
    List<Integer> before = contents(rmp);

    int result = rmp.adjust(Vmpl.VMPL0, GPA, SIZE_4K, target);

    assertNotEquals(OK, result);
    assertEquals(before, contents(rmp));
  }

  static IntStream targetLevelThatDoesNotExist_isRefused() {
    return IntStream.rangeClosed(4, 255);
  }

  @Test
  void largePageOverSmallEntries_isRefusedAsSizeMismatch_evenWithExcessPermissions() {
    toLevelsBelow()
        .forEach(
            attempt ->
                assertEquals(
                    FAIL_SIZEMISMATCH,
                    attempt.rmp().adjust(attempt.caller(), GPA, SIZE_2M, attempt.rdx()),
                    attempt::toString));
  }

  @Test
  void permissionsBeyondTheCallers_areRefused() {
    toLevelsBelow()
        .filter(attempt -> !withinOwn(attempt))
        .forEach(
            attempt ->
                assertEquals(
                    FAIL_PERMISSION,
                    attempt.rmp().adjust(attempt.caller(), GPA, SIZE_4K, attempt.rdx()),
                    attempt::toString));
  }

  @Test
  void refusal_changesNothing() {
    Attempt attempt = new Attempt(Vmpl.VMPL1, PagePermissions.READ, 2, PagePermissions.WRITE);
    Rmp rmp = attempt.rmp();
    List<Integer> before = contents(rmp);

    rmp.adjust(attempt.caller(), GPA, SIZE_4K, attempt.rdx());
    rmp.adjust(Vmpl.VMPL1, GPA, SIZE_4K, 1);
    rmp.adjust(Vmpl.VMPL1, GPA, SIZE_2M, 2);
    rmp.adjust(Vmpl.VMPL1, GPA + 1, SIZE_4K, 2);

    assertEquals(before, contents(rmp));
  }

  @Test
  void permissionsWithinTheCallers_areSetOnThatPageOfThatLevelAlone() {
    toLevelsBelow()
        .filter(RmpAdjustTest::withinOwn)
        .forEach(
            attempt -> {
              Rmp rmp = attempt.rmp();
              List<Integer> expected = contents(rmp);
              expected.set(attempt.target() * PAGES + PAGE, attempt.wanted());

              int result = rmp.adjust(attempt.caller(), GPA, SIZE_4K, attempt.rdx());

              assertEquals(OK, result, attempt::toString);
              assertEquals(expected, contents(rmp), attempt::toString);
            });
  }

  @Test
  void vmsaBitAndUndefinedPermissionBits_doNotReachOtherLevels() {
    Rmp rmp = new Rmp(PAGES);

    int result = rmp.adjust(Vmpl.VMPL0, GPA, SIZE_4K, 0x1ff01);

    assertEquals(OK, result);
    assertEquals(
        List.of(PagePermissions.ALL, PagePermissions.ALL, 0, 0),
        Stream.of(Vmpl.values()).map(level -> rmp.permissions(PAGE, level)).toList());
  }
}
