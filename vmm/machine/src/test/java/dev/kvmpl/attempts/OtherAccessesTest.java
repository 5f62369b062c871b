// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import static dev.kvmpl.script.ScriptedMachine.HIDDEN;
import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.ghcb;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is no store: loads, fetches, ports, MSRs, events under delivery, SVSM calls. */
class OtherAccessesTest {
  private final ScriptedMachine machine =
      ScriptedMachine.with().asksForRegisters().build().launch();
  private final LevelVcpu driver = machine.start(1, Vmpl.VMPL1, 0);

  @AfterEach
  void close() {
    machine.close();
  }

  private Verdict verdict() {
    return machine.recorder.operations().getLast().verdict();
  }

  @Test
  void allowedLoad_getsMemorysData_andARefusedOneZeros() {
    machine.memory().putInt(HIDDEN, 77);
    VcpuExit.Mmio refused = Exits.load(HIDDEN, 4);
    machine.exit(driver, refused);
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());
    assertEquals(0, machine.recorder.operations().getLast().data());

    machine.exit(driver, Exits.load(HIDDEN, 4));
    machine.adjust(machine.vcpu(Vmpl.VMPL0, 0), HIDDEN, Vmpl.VMPL1, PagePermissions.READ);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertEquals(77, machine.recorder.operations().getLast().data());
  }

  @Test
  void fetchFromWhereItMayNot_isJudged_andRefusedByAnException() {
    machine.cpu(driver).registers().rip(HIDDEN + 5);
    machine.exit(driver, Exits.emulation(0x90));
    assertEquals(HIDDEN + 5, machine.askedFor(0));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(Access.EXECUTE, machine.recorder.operations().getLast().access());
    assertEquals(List.of("exception 13 " + Abi.KVMPL_GP_REFUSED()), machine.cpu(driver).delivered);
  }

  @Test
  void instructionThatReachesIntoSuchAPage_isCaughtThere() {
    machine.cpu(driver).registers().rip(HIDDEN - 2);
    machine.exit(driver, Exits.emulation(0x48));
    assertEquals(HIDDEN, machine.askedFor(0));
    machine.adjust(machine.vcpu(Vmpl.VMPL0, 0), HIDDEN, Vmpl.VMPL1, PagePermissions.READ_EXECUTE);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(Verdict.ALLOWED, verdict());
    assertEquals(List.of(), machine.cpu(driver).delivered);
  }

  @Test
  void port_keepsWhatWasWritten() {
    machine.exit(driver, Exits.out(0x70, 2, 0x1234));
    machine.answer(0, Abi.SVSM_SUCCESS());
    VcpuExit.Io in = Exits.in(0x71, 1);
    machine.exit(driver, in);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(0x12, in.data(0));
    assertEquals(Access.PORT_READ, machine.recorder.operations().getLast().access());
  }

  @Test
  void refusedPort_readsAllOnes_andWritesNothing() {
    VcpuExit.Io in = Exits.in(0x70, 1);
    machine.exit(driver, in);
    machine.answer(0, Abi.KVMPL_ERR_NO_PERMISSION());
    assertEquals(0xff, in.data(0));
    assertEquals(Verdict.NO_PERMISSION.code(), machine.refusal(driver));

    machine.exit(driver, Exits.out(0x70, 1, 9));
    machine.answer(0, Abi.KVMPL_ERR_NO_PERMISSION());
    VcpuExit.Io again = Exits.in(0x70, 1);
    machine.exit(driver, again);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertEquals(0, again.data(0));
  }

  @Test
  void msr_keepsWhatWasWritten() {
    machine.exit(driver, Exits.writeMsr(0x1234, 99));
    machine.answer(0, Abi.SVSM_SUCCESS());
    machine.exit(driver, Exits.readMsr(0x1234));
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(99, machine.recorder.operations().getLast().data());
  }

  @Test
  void refusedMsr_isReported() {
    machine.exit(driver, Exits.readMsr(0x1234));
    machine.answer(0, Abi.KVMPL_ERR_NO_PERMISSION());
    assertEquals(Abi.GHCB_NAE_MSR(), machine.ghcb(driver).exitCode());
    machine.exit(driver, Exits.writeMsr(0x1234, 5));
    machine.answer(0, Abi.KVMPL_ERR_NO_PERMISSION());
    assertEquals(Abi.MSR_INFO_WRITE(), machine.ghcb(driver).exitInfo1());
  }

  @Test
  void registersOfNobody_endTheMachine() {
    machine.giveBack(driver);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(Next.STOP, machine.exit(machine.kernel(), Exits.readMsr(0x1234)));
    assertTrue(machine.failure().contains("(MSR 0x1234)"), machine.failure());
  }

  @Test
  void eventUnderDelivery_isDeliveredOnceItIsAllowed() {
    machine.cpu(driver).deliversEvent = true;
    machine.exit(driver, Exits.delivery(KERNEL, true));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertEquals(Verdict.ALLOWED, verdict());
    assertEquals(1, machine.turn(0));
  }

  @Test
  void eventThatCannotBeDelivered_endsTheMachine() {
    machine.cpu(driver).deliversEvent = true;
    machine.exit(driver, Exits.delivery(HIDDEN, false));
    assertEquals(Next.STOP, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertTrue(machine.failure().contains("its read of gpa"), machine.failure());
  }

  @Test
  void eventThatKvmKnowsNothingOf_isOver_butTheSameReportAgainIsNot() {
    assertEquals(Next.RESUME, machine.exit(driver, Exits.delivery(KERNEL, true)));
    assertEquals(Next.TAKE_TURNS, machine.exit(driver, Exits.delivery(KERNEL, true)));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertTrue(machine.failure().contains("its write of gpa"), machine.failure());
  }

  @Test
  void otherExitBetween_isForgotten() {
    machine.exit(driver, Exits.delivery(KERNEL, true));
    machine.exit(driver, Exits.ghcb(Abi.GHCB_MSR_SEV_INFO_REQUEST()));

    assertEquals(Next.RESUME, machine.exit(driver, Exits.delivery(KERNEL, true)));
  }

  private void call(long rax, long rcx, long rdx, long r8, long r9) {
    machine.fill(driver, Abi.GHCB_NAE_SNP_RUN_VMPL(), 0, 0);
    long page = machine.ghcbGpa(driver);
    machine.memory().putLong(page + ghcb.rax$offset(), rax);
    machine.memory().putLong(page + ghcb.rcx$offset(), rcx);
    machine.memory().putLong(page + ghcb.rdx$offset(), rdx);
    machine.memory().putLong(page + ghcb.r8$offset(), r8);
    machine.memory().putLong(page + ghcb.r9$offset(), r9);
    machine.exit(driver, Exits.ghcb(page));
  }

  private static long validate() {
    return (long) Abi.KVMPL_PROTOCOL() << Abi.SVSM_PROTOCOL_SHIFT() | Abi.KVMPL_CALL_VALIDATE();
  }

  @Test
  void call_goesToVmpl0_andItsRegistersComeBack() {
    call(5, 6, 7, 8, 9);
    assertEquals(Abi.KVMPL_REQUEST_CALL(), machine.kind(0));
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertEquals(1, machine.turn(0));
    assertEquals(Abi.GHCB_RESULT_OK(), machine.ghcb(driver).exitInfo1());
    assertEquals(List.of(), machine.recorder.operations());
  }

  @Test
  void callAboutAnOperation_isOneThatWasJudged() {
    call(validate(), KERNEL, Access.WRITE.number(), 8, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(KERNEL, machine.recorder.operations().getLast().gpa());
  }
}
