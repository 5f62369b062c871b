// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import static dev.kvmpl.script.ScriptedMachine.HIDDEN;
import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a vCPU is at and has not done: the exit is EFAULT, or KVM's emulator gave up. */
class PendingTest {
  private static final long CODE = 0x280000;
  private static final int[] MOV_TO_RAX = {0x48, 0x89, 0x18}; // mov %rbx, (%rax)
  private static final int[] PUSH_AT_RAX = {0xff, 0x30}; // push (%rax)
  private static final int[] FXSAVE_AT_RAX = {0x0f, 0xae, 0x00};
  private static final int[] UD2 = {0x0f, 0x0b};

  private ScriptedMachine machine = ScriptedMachine.running();
  private LevelVcpu driver = machine.start(1, Vmpl.VMPL1, 0);

  @BeforeEach
  void stack() {
    driver.cpu().registers().rsp(0x290000);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private void at(int[] instruction, long rax) {
    byte[] bytes = new byte[instruction.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) instruction[i];
    }
    machine.memory().write(CODE, bytes);
    driver.cpu().registers().rip(CODE);
    driver.cpu().registers().rax(rax);
    driver.cpu().registers().byNumber(3, 77);
  }

  private Next fault() {
    return machine.exit(driver, Exits.memoryFault());
  }

  private String exceptionOfARefusal() {
    return "exception 13 " + Abi.KVMPL_GP_REFUSED();
  }

  @Test
  void allowedStore_isTheCpus() {
    at(MOV_TO_RAX, KERNEL + 8);
    assertEquals(Next.TAKE_TURNS, fault());
    assertEquals(KERNEL + 8, machine.askedFor(0));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
    assertEquals(CODE, driver.cpu().registers().rip());
    assertEquals(0, machine.memory().getLong(KERNEL + 8));
    assertEquals(77, machine.recorder.operations().getLast().data());
    assertEquals(List.of(), machine.cpu(driver).delivered);
  }

  @Test
  void refusedStore_isAnException() {
    at(MOV_TO_RAX, KERNEL);
    fault();
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(List.of(exceptionOfARefusal()), machine.cpu(driver).delivered);
    assertEquals(Verdict.RESTRICTED.code(), machine.refusal(driver));
  }

  @Test
  void storeThatIsAllowedAndNotGranted_isRefused() {
    at(MOV_TO_RAX, KERNEL);
    fault();
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(Verdict.NOT_GRANTED.code(), machine.refusal(driver));
  }

  @Test
  void storeAcrossAPagesEnd_isAskedForInEachPage_beforeItRuns() {
    at(MOV_TO_RAX, KERNEL + 4092);
    fault();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertEquals(0, machine.turn(0));
    assertEquals(KERNEL + 4096, machine.askedFor(0));
    machine.grant(KERNEL + 4096, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
    assertEquals(2, machine.recorder.operations().size());
  }

  @Test
  void refusedStoreInSteps_whoseFirstPartIsOpen_endsTheMachine() {
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    at(FXSAVE_AT_RAX, KERNEL + 4096 - 64);
    fault();
    assertEquals(Next.STOP, machine.answer(0, Abi.KVMPL_ERR_RESTRICTED()));

    assertTrue(machine.failure().contains("in an open page may be"), machine.failure());
  }

  @Test
  void loadOfHiddenMemory_isJudgedAsOne() {
    machine.memory().putLong(HIDDEN, 5);
    at(PUSH_AT_RAX, HIDDEN);
    fault();
    machine.adjust(machine.vcpu(Vmpl.VMPL0, 0), HIDDEN, Vmpl.VMPL1, PagePermissions.READ);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(Access.READ, machine.recorder.operations().getLast().access());
    assertEquals(5, machine.recorder.operations().getLast().data());
  }

  @Test
  void bothOperands_areAskedFor() {
    at(PUSH_AT_RAX, HIDDEN);
    driver.cpu().registers().rsp(KERNEL + 0x100);
    fault();
    machine.adjust(machine.vcpu(Vmpl.VMPL0, 0), HIDDEN, Vmpl.VMPL1, PagePermissions.READ);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertEquals(0, machine.turn(0));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(2, machine.recorder.operations().size());
    assertEquals(1, machine.turn(0));
  }

  @Test
  void fetch_isCaughtAsOne() {
    driver.cpu().registers().rip(HIDDEN + 3);
    fault();
    assertEquals(HIDDEN + 3, machine.askedFor(0));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(Access.EXECUTE, machine.recorder.operations().getLast().access());
  }

  @Test
  void instructionThatIsNotKnown_endsTheMachine() {
    at(UD2, 0);
    assertEquals(Next.STOP, fault());

    assertTrue(machine.failure().contains("none of which kvmpl knows"), machine.failure());
  }

  @Test
  void faultWithNothingClosed_endsTheMachine_unlessSomethingChanged() {
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    at(MOV_TO_RAX, KERNEL);
    driver.entersAt(machine.dispatcher().now());
    machine.grant(KERNEL + 4096, Vmpl.VMPL1, 0);
    assertEquals(Next.RESUME, fault());

    driver.entersAt(machine.dispatcher().now());
    assertEquals(Next.STOP, fault());
    assertTrue(machine.failure().contains("is open to it"), machine.failure());
  }

  @Test
  void pageTablesInClosedMemory_endTheMachine() {
    at(MOV_TO_RAX, KERNEL);
    machine.cpu(driver).pageTables = KERNEL;
    assertEquals(Next.STOP, fault());

    assertTrue(machine.failure().contains("page tables are in memory"), machine.failure());
  }

  @Test
  void tripleFaultOverSuchTables_saysSo() {
    at(MOV_TO_RAX, KERNEL);
    machine.cpu(driver).pageTables = KERNEL;
    machine.exit(driver, new VcpuExit.Shutdown());

    assertTrue(machine.failure().contains("page tables are in memory"), machine.failure());
  }

  @Test
  void vmpl0sFault_isItsEnd() {
    assertEquals(Next.STOP, machine.exit(machine.vcpu(Vmpl.VMPL0, 0), Exits.memoryFault()));
  }

  @Test
  void whatTheEmulatorGaveUpOn_isPendingToo() {
    at(MOV_TO_RAX, KERNEL);
    machine.exit(driver, Exits.emulation(MOV_TO_RAX));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(List.of(exceptionOfARefusal()), machine.cpu(driver).delivered);
  }

  @Test
  void emulation_ofWhatIsOpenMeanwhile_isTriedAgain() {
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    at(MOV_TO_RAX, KERNEL);
    driver.entersAt(machine.dispatcher().now());
    machine.grant(KERNEL + 4096, Vmpl.VMPL1, 0);

    assertEquals(Next.RESUME, machine.exit(driver, Exits.emulation(MOV_TO_RAX)));
  }

  @Test
  void eventOntoAClosedStack_isADelivery() {
    at(MOV_TO_RAX, 0x290000);
    machine.cpu(driver).deliversEvent = true;
    driver.cpu().registers().rsp(KERNEL + 0x800);
    fault();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
  }

  private void reflecting() {
    machine.close();
    machine = ScriptedMachine.with().detection(Detection.REFLECT).build().launch();
    driver = machine.start(1, Vmpl.VMPL1, 0);
    driver.cpu().registers().rsp(0x290000);
    at(MOV_TO_RAX, KERNEL);
  }

  @Test
  void pendingStore_isReflected_andRefusedWithoutAnException() {
    reflecting();
    fault();
    assertEquals(List.of("interrupt " + Abi.KVMPL_VECTOR_REFLECT()), machine.cpu(driver).delivered);
    machine.exit(driver, Exits.runVmpl(0));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(Verdict.RESTRICTED.code(), machine.refusal(driver));
    assertEquals(1, machine.cpu(driver).delivered.size());
  }

  @Test
  void reflectedStoreThatNobodyAsksFor_isRefusedWhenItComesAgain() {
    reflecting();
    fault();
    machine.exit(driver, Exits.ghcb(Abi.GHCB_MSR_SEV_INFO_REQUEST()));
    fault();

    assertEquals(exceptionOfARefusal(), machine.cpu(driver).delivered.getLast());
    assertEquals(Verdict.NOT_DETECTED, machine.recorder.operations().getLast().verdict());
  }

  @Test
  void pendingStoreThatCannotBeReflected_isRefused() {
    reflecting();
    machine.cpu(driver).acceptsInterrupt = false;
    fault();

    assertEquals(List.of(exceptionOfARefusal()), machine.cpu(driver).delivered);
  }

  @Test
  void load_isNotReflected() {
    reflecting();
    at(PUSH_AT_RAX, HIDDEN);
    fault();

    assertEquals(HIDDEN, machine.askedFor(0));
  }
}
