// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import static dev.kvmpl.linux.script.ScriptedLinux.COMMIT_CREDS;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.IMAGE;
import static dev.kvmpl.linux.script.ScriptedLinux.MEMCPY;
import static dev.kvmpl.linux.script.ScriptedLinux.MODULES;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.observe.RunRecorder;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.script.Exits;
import dev.kvmpl.spec.Recording;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Detection reflect: Linux's own part is told of a module's store, and asks about it. */
class ReflectedStoreTest {
  private static final Policy POLICY = new Policy(List.of(new Protected.KernelRodata()), List.of());
  private static final int[] MOV_TO_RAX = {0x48, 0x89, 0x18}; // mov %rbx, (%rax)
  private static final long RIP = MODULES + DISK_TEXT + 0x20;
  private static final long STORED = RODATA + 8;
  private static final long STACK = 0x280000;
  private static final long HANDLER = IMAGE + COMMIT_CREDS + 0x40;

  private final ScriptedLinux linux = ScriptedLinux.detecting(POLICY);

  @AfterEach
  void close() {
    linux.close();
  }

  /** A store that KVM has retired, of the instruction before that address. */
  private Next store(long next) {
    linux.behind(next, 0);
    linux.cpu(0).calls.clear();
    linux.cpu(0).delivered.clear();
    return linux.exit(Exits.store(STORED, 8, 0x5a));
  }

  /** A store that waits. */
  private Next waitingStore() {
    linux.at(DISK_TEXT + 0x20, RIP, MOV_TO_RAX);
    linux.cpu(0).registers().rax(MODULES + STORED);
    linux.cpu(0).registers().rbx(0x5a);
    linux.cpu(0).calls.clear();
    linux.cpu(0).delivered.clear();
    return linux.exit(Exits.memoryFault());
  }

  private long ask(int what, long rip) {
    linux.behind(HANDLER, 0);
    linux.tell(what, rip, STACK);
    return linux.cpu(0).registers().rbx();
  }

  private long stored() {
    return linux.memory().getLong(STORED);
  }

  @Test
  void modulesStore_isTold_andNobodyIsAskedBefore() {
    assertEquals(Next.RESUME, store(RIP));

    assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    assertEquals("", linux.asked());
    assertEquals(0, stored());
    assertEquals(1, ask(Abi.KVMPL_AGENT_CAUGHT(), RIP));
    assertEquals(STORED, linux.cpu(0).registers().rcx());
    assertEquals(8, linux.cpu(0).registers().rdx());
    assertEquals("", linux.asked());
  }

  @Test
  void detectedStore_isJudged_andStoredIfAllowed() {
    store(RIP);
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    assertEquals("1 2 0x1004008 8 0x5a 0xffffffffc101001f", linux.asked());
    assertEquals(0, linux.turn(0));
    assertEquals(0, stored());

    linux.answer(StoreAnswer.STORE);

    assertEquals(0x5a, stored());
    assertEquals(Abi.KVMPL_DETECTED_DONE(), linux.cpu(0).registers().rbx());
    assertEquals(1, linux.turn(0));
    assertEquals(Verdict.ALLOWED, linux.recorder.attempts().getFirst().verdict());
  }

  @Test
  void refusedStore_isNotStored_andNoSecondExceptionComes() {
    store(RIP);
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.cpu(0).delivered.clear();
    linux.answer(StoreAnswer.GP);

    assertEquals(0, stored());
    assertEquals(Abi.KVMPL_DETECTED_REFUSED(), linux.cpu(0).registers().rbx());
    assertEquals(List.of(), linux.cpu(0).delivered);
  }

  @Test
  void whatCannotBeToldOtherwise_isTheException() {
    store(RIP);
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.DROP);

    assertEquals(Abi.KVMPL_DETECTED_REFUSED(), linux.cpu(0).registers().rbx());
    assertEquals(StoreAnswer.GP, linux.recorder.attempts().getFirst().answer());
  }

  @Test
  void hypervisor_recordsNeitherTheFirstExitNorTheCompletion() {
    RunRecorder steps = new RunRecorder(Recording.STEPS);
    linux.watch(steps);
    store(RIP);
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.STORE);

    assertEquals(
        List.of("LAUNCH", "RELAUNCH"), steps.steps().stream().map(e -> e.step().label()).toList());
  }

  @Test
  void anotherException_isNoStore() {
    store(RIP);

    assertEquals(0, ask(Abi.KVMPL_AGENT_CAUGHT(), RIP + 1));
    assertEquals(Abi.KVMPL_DETECTED_NOTHING(), ask(Abi.KVMPL_AGENT_DETECTED(), RIP + 1));
    assertEquals("", linux.asked());
    assertEquals(0, stored());
  }

  @Test
  void storeIsAskedAboutOnce() {
    store(RIP);
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.STORE);

    assertEquals(Abi.KVMPL_DETECTED_NOTHING(), ask(Abi.KVMPL_AGENT_DETECTED(), RIP));
    assertEquals("", linux.asked());
  }

  @Test
  void kernelsStore_andWhatTheKernelStoresForAModule_areTrapped() {
    assertEquals(Next.TAKE_TURNS, store(IMAGE + COMMIT_CREDS + 4));
    linux.answer(StoreAnswer.STORE);
    linux.behind(IMAGE + MEMCPY + 4, RIP);

    assertEquals(Next.TAKE_TURNS, linux.exit(Exits.store(STORED, 8, 1)));
  }

  @Test
  void storeWhileOneIsTold_isTrapped_andTheFirstIsNotForgotten() {
    store(RIP);
    linux.behind(RIP + 8, 0);
    assertEquals(Next.TAKE_TURNS, linux.exit(Exits.store(STORED + 8, 8, 7)));
    linux.answer(StoreAnswer.STORE);
    assertEquals(7, linux.memory().getLong(STORED + 8));
    assertEquals(0, stored());

    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.STORE);

    assertEquals(0x5a, stored());
  }

  @Test
  void kernelThatDoesNotDetectYet_andDetectionTrap_areTrapped() {
    try (ScriptedLinux trap = ScriptedLinux.running(POLICY)) {
      trap.tell(Abi.KVMPL_AGENT_DETECTS(), 0, 0);
      trap.behind(RIP, 0);

      assertEquals(Next.TAKE_TURNS, trap.exit(Exits.store(STORED, 8, 1)));
    }
    try (ScriptedLinux early = ScriptedLinux.reflecting(POLICY)) {
      early.behind(RIP, 0);

      assertEquals(Next.TAKE_TURNS, early.exit(Exits.store(STORED, 8, 1)));
    }
  }

  @Test
  void waitingStore_isTold_andTheCpusOnceItIsAllowed() {
    assertEquals(Next.RESUME, waitingStore());
    assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    assertEquals("", linux.asked());
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    assertEquals("1 2 0x1004008 8 0x5a 0xffffffffc1010020", linux.asked());
    linux.answer(StoreAnswer.STORE);
    assertEquals(Abi.KVMPL_DETECTED_DONE(), linux.cpu(0).registers().rbx());
    assertFalse(linux.isOpen(STORED));

    linux.cpu(0).runs.add(new OptInExit.Debug(MemorySegment.ofArray(new long[512])));
    assertEquals(Next.RESUME, waitingStore());

    assertEquals(List.of("debug", "run", "debug"), linux.cpu(0).calls);
    assertEquals("", linux.asked());
    assertEquals(1, linux.recorder.attempts().size());
  }

  @Test
  void whatWasAllowedOnce_isToldAgainTheNextTime() {
    waitingStore();
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.STORE);
    linux.cpu(0).runs.add(new OptInExit.Debug(MemorySegment.ofArray(new long[512])));
    waitingStore();

    assertEquals(Next.RESUME, waitingStore());

    assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
  }

  @Test
  void otherDataThanWasAllowed_isJudgedAnew() {
    waitingStore();
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.STORE);
    linux.at(DISK_TEXT + 0x20, RIP, MOV_TO_RAX);
    linux.cpu(0).registers().rax(MODULES + STORED);
    linux.cpu(0).registers().rbx(0x666);

    assertEquals(Next.TAKE_TURNS, linux.exit(Exits.memoryFault()));
    assertEquals("1 2 0x1004008 8 0x666 0xffffffffc1010020", linux.asked());
  }

  @Test
  void refusedWaitingStore_isNotExecuted() {
    waitingStore();
    ask(Abi.KVMPL_AGENT_DETECTED(), RIP);
    linux.answer(StoreAnswer.GP);

    assertEquals(Abi.KVMPL_DETECTED_REFUSED(), linux.cpu(0).registers().rbx());
    assertEquals(0, stored());
    assertFalse(linux.isOpen(STORED));
  }
}
