// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.enforcement.Enforcement;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stores to a page that the database has opened, and that is not open yet. */
class GrantedStoreTest {
  private static final int PAGE = PageRange.PAGE_SIZE;
  private static final long DATA = 0x1122334455667788L;
  private static final byte[] SGDT_RAX = {0x0f, 0x01, 0x00};

  private ScriptedMachine machine = ScriptedMachine.with().grant(GrantKind.STORE).build().launch();
  private LevelVcpu driver = machine.start(1, Vmpl.VMPL1, 0);

  @AfterEach
  void close() {
    machine.close();
  }

  private void replace(GrantKind grant, int processors) {
    machine.close();
    machine =
        ScriptedMachine.with()
            .grant(grant)
            .processors(processors)
            .vmpl1Everywhere()
            .build()
            .launch();
    driver = machine.start(1, Vmpl.VMPL1, processors - 1);
  }

  private boolean isOpen(long gpa) {
    int access = machine.bound(Vmpl.VMPL1).access(PageRange.pageOf(gpa));
    return (access & PagePermissions.WRITE) != 0;
  }

  /** In a machine whose guest kernel is told of stores, one that it asks for and VMPL0 allows. */
  private void reflectedStoreIsAllowed() {
    machine.close();
    machine =
        ScriptedMachine.with().grant(GrantKind.STORE).detection(Detection.REFLECT).build().launch();
    driver = machine.start(1, Vmpl.VMPL1, 0);
    machine.exit(driver, Exits.store(KERNEL + 8, 8, DATA));
    machine.exit(driver, Exits.runVmpl(0));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
  }

  /** A store that VMPL0 allows. */
  private void storeIsAllowed(long gpa) {
    int apicId = driver.processor().apicId();
    machine.exit(driver, Exits.store(gpa, 8, DATA));
    machine.grant(gpa & -(long) PAGE, Vmpl.VMPL1, apicId);
    machine.answer(apicId, Abi.SVSM_SUCCESS());
  }

  @Test
  void firstStore_isDone_andThePageStaysClosed() {
    storeIsAllowed(KERNEL + 8);

    assertEquals(DATA, machine.memory().getLong(KERNEL + 8));
    assertTrue(machine.permissions().allows(KERNEL, 8, Vmpl.VMPL1, PagePermissions.WRITE));
    assertFalse(isOpen(KERNEL));
  }

  @Test
  void secondStore_isDoneAndOpensThePage_andNobodyIsAskedAgain() {
    storeIsAllowed(KERNEL + 8);

    assertEquals(Next.RESUME, machine.exit(driver, Exits.store(KERNEL + 16, 8, 2)));

    assertEquals(2, machine.memory().getLong(KERNEL + 16));
    assertTrue(isOpen(KERNEL));
    assertEquals(1, machine.turn(0));
    assertEquals(1, machine.recorder.operations().size(), "judged");
  }

  @Test
  void pageThatIsTakenBackBefore_isNotOpened_andIsAskedForAgain() {
    storeIsAllowed(KERNEL + 8);
    machine.close(KERNEL, Vmpl.VMPL1, 0);

    assertEquals(Next.TAKE_TURNS, machine.exit(driver, Exits.store(KERNEL + 16, 8, 2)));
    machine.answer(0, Abi.KVMPL_ERR_OWNED_BY_OTHER());

    assertEquals(0, machine.memory().getLong(KERNEL + 16));
    assertFalse(isOpen(KERNEL));
  }

  @Test
  void storeAcrossTwoPagesThatWereGranted_isWhole() {
    storeIsAllowed(KERNEL + 8);
    storeIsAllowed(KERNEL + PAGE + 8);
    machine.cpu(driver).parts.add(Exits.store(KERNEL + PAGE, 4, 2));

    assertEquals(Next.RESUME, machine.exit(driver, Exits.store(KERNEL + PAGE - 4, 4, 1)));

    assertEquals(0x200000001L, machine.memory().getLong(KERNEL + PAGE - 4));
    assertTrue(isOpen(KERNEL) && isOpen(KERNEL + PAGE));
  }

  @Test
  void storeAcrossAPageThatWasGrantedAndOneThatWasNot_isJudgedInThatOne() {
    storeIsAllowed(KERNEL + 8);
    machine.cpu(driver).parts.add(Exits.store(KERNEL + PAGE, 4, 2));
    assertEquals(Next.TAKE_TURNS, machine.exit(driver, Exits.store(KERNEL + PAGE - 4, 4, 1)));
    assertEquals(KERNEL + PAGE, machine.askedFor(0));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(0, machine.memory().getLong(KERNEL + PAGE - 4));
    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.RESTRICTED),
        machine.recorder.operations().stream().map(Operation::verdict).toList());
  }

  /** Whoever needs more than to have a store done finds everything open, and tries again. */
  static Stream<VcpuExit> others() {
    return Stream.of(
        Exits.memoryFault(), Exits.emulation(0x0f, 0x01, 0x00), Exits.delivery(KERNEL, true));
  }

  @ParameterizedTest
  @MethodSource("others")
  void whatCannotBeDoneForTheDriver_itDoesItself(VcpuExit exit) {
    storeIsAllowed(KERNEL + 8);
    machine.cpu(driver).deliversEvent = true;

    assertEquals(Next.RESUME, machine.exit(driver, exit));

    assertTrue(isOpen(KERNEL));
    assertEquals(Enforcement.NOTHING, machine.bound(Vmpl.VMPL1).nextBehind(0));
    assertNull(machine.dispatcher().ending());
  }

  @Test
  void storeThatKvmRetriesForEver_findsThePageOpen() {
    long code = 0x280000;
    machine.memory().write(code, SGDT_RAX);
    storeIsAllowed(KERNEL + 8);
    driver.cpu().registers().rip(code);
    driver.cpu().registers().rax(KERNEL + 16);
    for (int look = 0; look < 4; look++) {
      machine.dispatcher().watch();
      assertEquals(Next.RESUME, machine.exit(driver, new VcpuExit.Interrupted()));
    }

    assertTrue(isOpen(KERNEL));
    assertEquals(1, machine.recorder.operations().size());
  }

  /** VMPL0 opens it, and the CPU has to find it so. */
  @Test
  void instructionThatIsPending_findsItsPageOpenOnceItIsAllowed() {
    long code = 0x280000;
    machine.memory().write(code, SGDT_RAX);
    driver.cpu().registers().rip(code);
    driver.cpu().registers().rax(KERNEL + 16);
    machine.exit(driver, Exits.memoryFault());
    assertEquals(KERNEL + 16, machine.askedFor(0));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertTrue(isOpen(KERNEL));
  }

  @Test
  void eventThatIsDelivered_findsItsStackOpenOnceItIsAllowed() {
    machine.cpu(driver).deliversEvent = true;
    machine.exit(driver, Exits.delivery(KERNEL, true));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertTrue(isOpen(KERNEL));
  }

  @Test
  void reflectedStore_isDone_andTheNextOneIsNotReflected() {
    reflectedStoreIsAllowed();

    assertEquals(Next.RESUME, machine.exit(driver, Exits.store(KERNEL + 16, 8, 2)));

    assertEquals(2, machine.memory().getLong(KERNEL + 16));
    assertEquals(1, machine.cpu(driver).delivered.size(), "reflected");
  }

  /**
   * Whoever comes to it before is an attempt as with any other kind, and what it computed is looked
   * at.
   */
  @Test
  void otherProcessorsStore_beforeVmpl0HasAnswered_isJudged() {
    replace(GrantKind.AHEAD, 3);
    LevelVcpu other = machine.start(1, Vmpl.VMPL1, 1);
    driver.entersAt(machine.dispatcher().now());
    other.entersAt(machine.dispatcher().now());
    machine.exit(driver, Exits.store(KERNEL + 8, 8, DATA));
    machine.grant(KERNEL, Vmpl.VMPL1, 2);
    machine.grant(KERNEL + PAGE, Vmpl.VMPL1, 2);
    assertFalse(isOpen(KERNEL + PAGE));

    assertEquals(Next.TAKE_TURNS, machine.exit(other, Exits.store(KERNEL + PAGE + 8, 8, 2)));
    assertEquals(KERNEL + PAGE + 8, machine.askedFor(1));
    machine.answer(2, Abi.SVSM_SUCCESS());
    assertTrue(isOpen(KERNEL) && isOpen(KERNEL + PAGE));
    machine.answer(1, Abi.SVSM_SUCCESS());

    assertEquals(DATA, machine.memory().getLong(KERNEL + 8));
    assertEquals(2, machine.memory().getLong(KERNEL + PAGE + 8));
  }

  /** It may be a read-modify-write, beside others of a level that stores there as it likes. */
  @Test
  void whatALevelPassesOn_isOpenAtOnce() {
    storeIsAllowed(KERNEL + 8);
    assertFalse(isOpen(KERNEL));
    machine.adjust(driver, KERNEL, Vmpl.VMPL2, PagePermissions.READ | PagePermissions.WRITE);

    assertTrue(
        (machine.bound(Vmpl.VMPL2).access(PageRange.pageOf(KERNEL)) & PagePermissions.WRITE) != 0);
    assertEquals(Enforcement.NOTHING, machine.bound(Vmpl.VMPL2).nextBehind(0));
  }

  /** Its frame goes to the driver's stack, which may be where nothing is open yet. */
  @Test
  void eventThatIsInjected_findsAllOpen() {
    reflectedStoreIsAllowed();
    assertFalse(isOpen(KERNEL));

    machine.exit(driver, Exits.store(KERNEL + PAGE + 8, 8, DATA));

    assertEquals(2, machine.cpu(driver).delivered.size());
    assertTrue(isOpen(KERNEL));
  }

  /** Its vCPU entered the guest before the page was open: what it computed may be old. */
  @Test
  void storeThatWasComputedBeforeThePageWasOpened_isNotSimplyDone() {
    replace(GrantKind.AHEAD, 3);
    LevelVcpu other = machine.start(1, Vmpl.VMPL1, 1);
    driver.entersAt(machine.dispatcher().now());
    other.entersAt(machine.dispatcher().now());
    storeIsAllowed(KERNEL + 8);
    machine.exit(other, Exits.store(KERNEL + 16, 8, 2));
    machine.grant(KERNEL, Vmpl.VMPL1, 1);

    assertEquals(Next.STOP, machine.answer(1, Abi.SVSM_SUCCESS()));
    assertTrue(machine.failure().contains("computed before it was allowed"), machine.failure());
  }

  @Test
  void pageThatCannotBeOpened_keepsEveryoneOut() {
    storeIsAllowed(KERNEL + 8);
    machine.bound(Vmpl.VMPL1).failToCatchUp();

    assertThrows(
        SyscallException.class, () -> machine.exit(driver, Exits.store(KERNEL + 16, 8, 2)));
    for (Level level : machine.permissions().levels()) {
      assertFalse(level.gate().enter(), level.vmpl()::toString);
    }
  }

  @Test
  void ahead_opensAllAtTheAnswer() {
    replace(GrantKind.AHEAD, 1);
    machine.exit(driver, Exits.store(KERNEL + 8, 8, DATA));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.grant(KERNEL + 2 * PAGE, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertTrue(isOpen(KERNEL) && !isOpen(KERNEL + PAGE) && isOpen(KERNEL + 2 * PAGE));
  }

  @Test
  void page_opensAtOnce() {
    replace(GrantKind.PAGE, 1);
    machine.exit(driver, Exits.store(KERNEL + 8, 8, DATA));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);

    assertTrue(isOpen(KERNEL));
  }
}
