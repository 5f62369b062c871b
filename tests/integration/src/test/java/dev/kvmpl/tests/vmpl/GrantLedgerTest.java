// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.vmpl;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.GrantLedger;
import dev.kvmpl.vmpl.GrantLedger.Left;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is left of drivers' grants, whatever was done to the permissions database since. */
class GrantLedgerTest {
  private static final List<Vmpl> BELOW_VMPL0 = List.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3);
  private static final int PAGES = 1024;
  private static final int PAGE = 700;
  private static final long GPA = (long) PAGE << PageRange.PAGE_SHIFT;
  private static final int NOBODY = 0;
  private static final int FIRST = 7;
  private static final int SECOND = 64;

  private static final int BEFORE = PagePermissions.READ_EXECUTE;
  private static final int WRITE = PagePermissions.WRITE;

  private final Rmp rmp = new Rmp(PAGES);
  private final GrantLedger ledger = new GrantLedger(rmp);

  @BeforeEach
  void allLevelsMayRead() {
    for (Vmpl level : BELOW_VMPL0) {
      rmp.assign(new PageRange(0, (long) PAGES << PageRange.PAGE_SHIFT), level, BEFORE);
    }
  }

  /** RMPADJUST, when the driver has the level. */
  private boolean adjust(Vmpl caller, int page, Vmpl level, int permissions, int driver) {
    int had = rmp.permissions(page, level);
    long rdx = level.number() | (long) permissions << Abi.RMP_PERMISSIONS_SHIFT();
    boolean done = rmp.adjust(caller, (long) page << PageRange.PAGE_SHIFT, 0, rdx) == Abi.RMP_OK();
    if (done) {
      ledger.adjusted(caller, page, level, had, driver);
    }
    return done;
  }

  private void adjust(Vmpl caller, Vmpl level, int permissions, int driver) {
    assertEquals(true, adjust(caller, PAGE, level, permissions, driver));
  }

  private static Optional<Left> left(Vmpl level, int driver, Vmpl grantedTo) {
    return Optional.of(new Left(GPA, level, WRITE, driver, grantedTo));
  }

  @Test
  void grantThatIsClosed_leavesNothing() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, BEFORE, FIRST);

    assertEquals(Optional.empty(), ledger.leftBy(FIRST, Vmpl.VMPL1));
  }

  @Test
  void grantThatIsNotClosed_isLeft_withPageLevelAndDriver() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, PagePermissions.ALL, FIRST);

    assertEquals(left(Vmpl.VMPL2, FIRST, Vmpl.VMPL2), ledger.leftBy(FIRST, Vmpl.VMPL2));
    assertEquals(left(Vmpl.VMPL2, FIRST, Vmpl.VMPL2), ledger.leftByOthers(SECOND, Vmpl.VMPL2));
    assertEquals(Optional.empty(), ledger.leftByOthers(FIRST, Vmpl.VMPL2));
    assertEquals(Optional.empty(), ledger.leftBy(FIRST, Vmpl.VMPL1));
    assertEquals(Optional.empty(), ledger.leftBy(SECOND, Vmpl.VMPL2));
  }

  @Test
  void whatWasPassedOn_isLeft_untilItIsClosedToo() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL1, Vmpl.VMPL2, PagePermissions.ALL, NOBODY);
    adjust(Vmpl.VMPL2, Vmpl.VMPL3, PagePermissions.ALL, NOBODY);
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, BEFORE, FIRST);

    assertEquals(left(Vmpl.VMPL2, FIRST, Vmpl.VMPL1), ledger.leftBy(FIRST, Vmpl.VMPL1));
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, BEFORE, NOBODY);
    assertEquals(left(Vmpl.VMPL3, FIRST, Vmpl.VMPL1), ledger.leftBy(FIRST, Vmpl.VMPL1));
    adjust(Vmpl.VMPL1, Vmpl.VMPL3, PagePermissions.NONE, NOBODY);
    assertEquals(Optional.empty(), ledger.leftBy(FIRST, Vmpl.VMPL1));
  }

  @Test
  void whatWasPassedOn_isLeft_evenIfTheGrantsOwnLevelHasLostItByOneAbove() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL2, Vmpl.VMPL3, PagePermissions.ALL, NOBODY);
    adjust(Vmpl.VMPL1, Vmpl.VMPL2, PagePermissions.NONE, FIRST);

    assertEquals(left(Vmpl.VMPL3, FIRST, Vmpl.VMPL2), ledger.leftBy(FIRST, Vmpl.VMPL2));
  }

  @Test
  void whatALevelAboveStillHas_mayBeThereBelow() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, PagePermissions.ALL, SECOND);
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, BEFORE, SECOND);
    adjust(Vmpl.VMPL1, Vmpl.VMPL2, PagePermissions.ALL, SECOND);

    assertEquals(Optional.empty(), ledger.leftBy(SECOND, Vmpl.VMPL2));
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, BEFORE, FIRST);
    assertEquals(left(Vmpl.VMPL2, FIRST, Vmpl.VMPL1), ledger.leftBy(FIRST, Vmpl.VMPL1));
  }

  @Test
  void whatALevelIsGrantedThatHadItPassedOn_isItsOwn() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL1, Vmpl.VMPL2, PagePermissions.ALL, SECOND);
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, PagePermissions.ALL, SECOND);
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, BEFORE, FIRST);

    assertEquals(Optional.empty(), ledger.leftBy(FIRST, Vmpl.VMPL1));
    assertEquals(left(Vmpl.VMPL2, SECOND, Vmpl.VMPL2), ledger.leftBy(SECOND, Vmpl.VMPL2));
  }

  /** VMPL1 takes something from VMPL2, which VMPL0 has just read and writes back. */
  @Test
  void whatALevelAboveHasItself_isNobodysGrant() {
    adjust(Vmpl.VMPL1, Vmpl.VMPL2, PagePermissions.NONE, FIRST);
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL1, Vmpl.VMPL2, PagePermissions.NONE, FIRST);
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, BEFORE, FIRST);

    assertEquals(Optional.empty(), ledger.leftBy(FIRST, Vmpl.VMPL2));
  }

  @Test
  void whatVmpl0GivesALevelWithoutADriver_isTheLevels() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL2, PagePermissions.ALL, NOBODY);
    adjust(Vmpl.VMPL0, PAGE + 1, Vmpl.VMPL1, PagePermissions.ALL, FIRST);
    adjust(Vmpl.VMPL0, PAGE + 1, Vmpl.VMPL2, PagePermissions.ALL, NOBODY);
    adjust(Vmpl.VMPL0, PAGE + 1, Vmpl.VMPL1, BEFORE, FIRST);

    assertEquals(Optional.empty(), ledger.leftBy(FIRST, Vmpl.VMPL1));
    assertEquals(Optional.empty(), ledger.leftByOthers(NOBODY, Vmpl.VMPL2));
  }

  @Test
  void pageThatIsRescinded_isStillOpen() {
    adjust(Vmpl.VMPL0, Vmpl.VMPL1, PagePermissions.ALL, FIRST);
    rmp.validate(Vmpl.VMPL0, GPA, 0, 0);

    assertEquals(left(Vmpl.VMPL1, FIRST, Vmpl.VMPL1), ledger.leftBy(FIRST, Vmpl.VMPL1));
  }

  @Test
  void left_saysWhatWhoAndWhere() {
    assertEquals(
        "what driver 7 was granted: VMPL1 still has -w-- of page 0x2bc000",
        left(Vmpl.VMPL1, FIRST, Vmpl.VMPL1).orElseThrow().toString());
    assertEquals(
        "what driver 7 was granted: VMPL3 still has -w-- of page 0x2bc000, passed on by VMPL1",
        left(Vmpl.VMPL3, FIRST, Vmpl.VMPL1).orElseThrow().toString());
  }

  /** No level could write before: so whoever can, has it from a grant. */
  @Test
  void anyOrder_leavesSomething_asLongAsAnyLevelMayWrite() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      Vmpl caller = Vmpl.of(random.nextInt(3));
      Vmpl level = Vmpl.of(caller.number() + 1 + random.nextInt(3 - caller.number()));
      int permissions = random.nextInt(3) == 0 ? PagePermissions.ALL : BEFORE;

      adjust(caller, random.nextInt(3), level, permissions, driverOf(level));

      boolean left =
          BELOW_VMPL0.stream().anyMatch(of -> ledger.leftBy(driverOf(of), of).isPresent());
      assertEquals(mayAnyWrite(), left, "seed %d, step %d".formatted(seed, i));
    }
  }

  private static int driverOf(Vmpl level) {
    return 10 + level.number();
  }

  private boolean mayAnyWrite() {
    return IntStream.range(0, 3)
        .anyMatch(
            page ->
                BELOW_VMPL0.stream()
                    .anyMatch(level -> (rmp.permissions(page, level) & WRITE) != 0));
  }
}
