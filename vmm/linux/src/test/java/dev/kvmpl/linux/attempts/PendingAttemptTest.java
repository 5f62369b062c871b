// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.MODULES;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.script.Exits;
import dev.kvmpl.vmpl.Vmpl;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A store that KVM's emulator does not know, or that waits: the vCPU is at it. */
class PendingAttemptTest {
  private static final int[] FXSAVE_AT_RAX = {0x0f, 0xae, 0x00};
  private static final int[] MOV_TO_RAX = {0x48, 0x89, 0x18}; // mov %rbx, (%rax)
  private static final int[] LOAD_FROM_RAX = {0x48, 0x8b, 0x18}; // mov (%rax), %rbx
  private static final long RIP = MODULES + DISK_TEXT + 0x20;

  private final ScriptedLinux linux =
      ScriptedLinux.running(new Policy(List.of(new Protected.KernelRodata()), List.of()));

  @BeforeEach
  void forget() {
    linux.cpu(0).calls.clear();
  }

  @AfterEach
  void close() {
    linux.close();
  }

  private void at(long rax, int... instruction) {
    linux.at(DISK_TEXT + 0x20, RIP, instruction);
    linux.cpu(0).registers().rax(rax);
    linux.cpu(0).registers().rbx(0x5a);
  }

  private Next waitingStore() {
    at(MODULES + RODATA + 8, MOV_TO_RAX);
    return linux.exit(Exits.memoryFault());
  }

  private static VcpuExit step() {
    return new OptInExit.Debug(MemorySegment.ofArray(new long[512]));
  }

  private Attempt only() {
    assertEquals(1, linux.recorder.attempts().size(), linux.recorder.attempts()::toString);
    return linux.recorder.attempts().getFirst();
  }

  @Test
  void waitingStore_isAskedFor_withWhatItWouldStore() {
    assertEquals(Next.TAKE_TURNS, waitingStore());

    assertEquals("1 2 0x1004008 8 0x5a 0xffffffffc1010020", linux.asked());
    assertEquals(0, linux.turn(0));
  }

  @Test
  void allowedStore_isTheCpus_withThePageOpenForThatOneStep() {
    waitingStore();
    linux.cpu(0).runs.add(step());
    linux.answer(StoreAnswer.STORE);

    assertEquals(List.of("debug", "run", "debug"), linux.cpu(0).calls);
    assertFalse(linux.isOpen(RODATA));
    assertEquals(1, linux.turn(0));
    assertEquals("[disk]+0x20", only().writer().place());
    assertEquals("sys_call_table+0x8", only().target());
    assertEquals(0x5a, only().data());
    assertEquals(8, only().length());
  }

  @Test
  void pageIsOpen_whileTheCpuExecutes() {
    boolean[] open = {false};
    waitingStore();
    linux.cpu(0).whenRun = () -> open[0] = linux.isOpen(RODATA);
    linux.cpu(0).runs.add(step());
    linux.answer(StoreAnswer.STORE);

    assertTrue(open[0]);
  }

  @Test
  void kickWhileItSteps_isTriedAgain() {
    waitingStore();
    linux.cpu(0).runs.addAll(Collections.nCopies(3, new VcpuExit.Interrupted()));
    linux.cpu(0).runs.add(step());
    linux.answer(StoreAnswer.STORE);

    assertEquals(4, Collections.frequency(linux.cpu(0).calls, "run"));
    assertEquals(1, linux.turn(0));
  }

  @Test
  void stepThatEndsOtherwise_endsTheMachine_withThePageClosed() {
    waitingStore();
    linux.cpu(0).runs.add(new VcpuExit.Halt());

    assertEquals(Next.STOP, linux.answer(StoreAnswer.STORE));

    assertTrue(linux.failure().contains("a step ended with"), linux.failure());
    assertFalse(linux.isOpen(RODATA));
  }

  @Test
  void refusedStore_isAnExceptionAtIt() {
    waitingStore();
    linux.answer(StoreAnswer.GP);
    waitingStore();
    linux.answer(StoreAnswer.PF);

    assertEquals(
        List.of("exception 13 0", "page fault 0xb at 0xffffffffc1004008"), linux.cpu(0).delivered);
    assertEquals(RIP, linux.cpu(0).registers().rip());
    assertEquals(List.of(), linux.cpu(0).calls);
    assertEquals(0, linux.memory().getLong(RODATA + 8));
  }

  @Test
  void droppedStore_isSteppedOver() {
    waitingStore();
    linux.answer(StoreAnswer.DROP);

    assertEquals(RIP + MOV_TO_RAX.length, linux.cpu(0).registers().rip());
    assertEquals(List.of(), linux.cpu(0).delivered);
    assertEquals(StoreAnswer.DROP, only().answer());
  }

  @Test
  void answerThatContradictsItsReason_isARefusal() {
    waitingStore();
    linux.answer(StoreAnswer.STORE, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    assertEquals(Verdict.INVALID_ANSWER, only().verdict());
  }

  @Test
  void storeAcrossPages_isAskedForInEach_andBothAreOpenForTheStep() {
    boolean[] open = {false};
    at(MODULES + RODATA + 0x1000 - 4, MOV_TO_RAX);
    linux.exit(Exits.memoryFault());
    linux.answer(StoreAnswer.STORE);
    assertTrue(linux.asked().contains("0x1005000 4"), linux.asked());
    linux.cpu(0).whenRun = () -> open[0] = linux.isOpen(RODATA) && linux.isOpen(RODATA + 0x1000);
    linux.cpu(0).runs.add(step());
    linux.answer(StoreAnswer.STORE);

    assertTrue(open[0]);
    assertFalse(linux.isOpen(RODATA + 0x1000));
    assertEquals(1, linux.recorder.attempts().size());
  }

  @Test
  void storeThatTheEmulatorDoesNotKnow_isTheSame() {
    at(MODULES + RODATA + 0x40, FXSAVE_AT_RAX);
    assertEquals(Next.TAKE_TURNS, linux.exit(Exits.emulation(FXSAVE_AT_RAX)));
    linux.cpu(0).runs.add(step());
    linux.answer(StoreAnswer.STORE);

    assertEquals(512, only().length());
    assertEquals(1, linux.turn(0));
  }

  @Test
  void instructionThatIsAnotherByNow_isAskedForAnew() {
    waitingStore();
    at(MODULES + RODATA + 0x10, MOV_TO_RAX);
    linux.answer(StoreAnswer.STORE);

    assertEquals(0, linux.turn(0));
    assertTrue(linux.asked().contains("0x1004010 8 0x5a"), linux.asked());
    assertEquals(List.of(), linux.cpu(0).calls);
    assertEquals(List.of(), linux.recorder.attempts());
  }

  @Test
  void instructionThatStoresElsewhereByNow_isNobodysBusiness() {
    waitingStore();
    at(MODULES + ScriptedLinux.DATA, MOV_TO_RAX);
    linux.answer(StoreAnswer.STORE);

    assertEquals(1, linux.turn(0));
    assertEquals(List.of(), linux.cpu(0).calls);
  }

  @Test
  void instructionThatStoresNowhereClosed_isTheEnd() {
    at(MODULES + ScriptedLinux.DATA, MOV_TO_RAX);
    assertEquals(Next.STOP, linux.exit(Exits.memoryFault()));

    assertTrue(linux.failure().startsWith("KVM_EXIT_"), linux.failure());
  }

  @Test
  void loadFromVmpl0sMemory_isNoStore() {
    at(MODULES + MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(0), LOAD_FROM_RAX);

    assertEquals(Next.STOP, linux.exit(Exits.emulation(LOAD_FROM_RAX)));
  }

  @Test
  void load_isNoStore() {
    at(MODULES + RODATA, LOAD_FROM_RAX);

    assertEquals(Next.STOP, linux.exit(Exits.emulation(LOAD_FROM_RAX)));
  }

  @Test
  void vcpuThatDoesNotGetOn_isLookedAtThreeTimes_thenAskedAbout() {
    at(MODULES + RODATA + 8, MOV_TO_RAX);
    for (int look = 1; look < 3; look++) {
      assertEquals(Next.RESUME, kick());
      assertEquals("", linux.asked());
    }

    assertEquals(Next.TAKE_TURNS, kick());
    assertTrue(linux.asked().contains("0x1004008 8"), linux.asked());
  }

  private Next kick() {
    linux.vcpu(0).progress().tick();
    linux.vcpu(0).progress().tick();
    return linux.exit(new VcpuExit.Interrupted());
  }

  @Test
  void vcpuThatGetsOn_isLeftAlone() {
    at(MODULES + RODATA + 8, MOV_TO_RAX);
    for (int look = 0; look < 5; look++) {
      linux.cpu(0).registers().rbx(look);
      assertEquals(Next.RESUME, kick());
    }
    assertEquals(Next.RESUME, linux.exit(new VcpuExit.Interrupted()));

    assertEquals("", linux.asked());
  }

  @Test
  void vcpuThatIsAtNoStore_isLeftAlone() {
    at(MODULES + RODATA + 8, 0xeb, 0xfe); // jmp .
    for (int look = 0; look < 5; look++) {
      assertEquals(Next.RESUME, kick());
    }

    assertEquals("", linux.asked());
  }
}
