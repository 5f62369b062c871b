// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import static dev.kvmpl.linux.script.ScriptedLinux.COMMIT_CREDS;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_DATA;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.IMAGE;
import static dev.kvmpl.linux.script.ScriptedLinux.MODULES;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.script.Exits;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A verdict about a store that waits is for that store, and for what was closed for whom then. */
class OutdatedVerdictTest {
  private static final Protected FIRST = new Protected.OfRange(PageRange.ofPages(0x1004, 0x1005));
  private static final Protected SECOND = new Protected.OfRange(PageRange.ofPages(0x1005, 0x1006));
  private static final Policy POLICY = new Policy(List.of(FIRST, SECOND), List.of());
  private static final int[] MOV_TO_RAX = {0x48, 0x89, 0x18}; // mov %rbx, (%rax)
  private static final long RIP = MODULES + DISK_TEXT + 0x20;
  private static final long CROSSING = RODATA + 0x1000 - 4;
  private static final long THREAD = 0x280000;
  private static final String ASKED = "1 2 0x1004008 8 0x5a 0xffffffffc1010020";

  private static Next at(ScriptedLinux linux, long gpa, long stack) {
    linux.at(DISK_TEXT + 0x20, RIP, MOV_TO_RAX);
    linux.cpu(0).registers().rax(MODULES + gpa);
    linux.cpu(0).registers().rbx(0x5a);
    linux.cpu(0).registers().rsp(stack);
    linux.cpu(0).calls.clear();
    linux.cpu(0).delivered.clear();
    return linux.exit(Exits.memoryFault());
  }

  private static void step(ScriptedLinux linux) {
    linux.cpu(0).runs.add(new OptInExit.Debug(MemorySegment.ofArray(new long[512])));
  }

  private static long detected(ScriptedLinux linux, long stack) {
    linux.behind(IMAGE + COMMIT_CREDS + 0x40, 0);
    linux.tell(Abi.KVMPL_AGENT_DETECTED(), RIP, stack);
    return linux.cpu(0).registers().rbx();
  }

  /** Told, asked and allowed. */
  private static void allowed(ScriptedLinux linux) {
    assertEquals(Next.RESUME, at(linux, RODATA + 8, THREAD));
    detected(linux, THREAD);
    linux.answer(StoreAnswer.STORE);
    assertEquals(Abi.KVMPL_DETECTED_DONE(), linux.cpu(0).registers().rbx());
  }

  @Test
  void partThatIsClosedAfterItsTurn_isAskedAboutToo() {
    try (ScriptedLinux linux = ScriptedLinux.running(POLICY)) {
      linux.side.protection().unlock(FIRST.label());
      at(linux, CROSSING, THREAD);
      assertTrue(linux.asked().contains("0x1005000 4"), linux.asked());
      linux.side.protection().lock(FIRST.label());
      step(linux);

      assertEquals(Next.TAKE_TURNS, linux.answer(StoreAnswer.STORE));
      assertTrue(linux.asked().contains("0x1004ffc 4"), linux.asked());
      assertEquals(List.of(), linux.cpu(0).calls);
      linux.answer(StoreAnswer.STORE);
      linux.answer(StoreAnswer.STORE);
      assertEquals(List.of("debug", "run", "debug"), linux.cpu(0).calls);
    }
  }

  @Test
  void partOfAToldStoreThatIsClosedAfterItsTurn_isAskedAboutToo() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      linux.side.protection().unlock(FIRST.label());
      at(linux, CROSSING, THREAD);
      detected(linux, THREAD);
      linux.side.protection().lock(FIRST.label());

      assertEquals(Next.TAKE_TURNS, linux.answer(StoreAnswer.STORE));
      assertTrue(linux.asked().contains("0x1004ffc 4"), linux.asked());
      linux.answer(StoreAnswer.GP);
      assertEquals(Abi.KVMPL_DETECTED_REFUSED(), linux.cpu(0).registers().rbx());
    }
  }

  @Test
  void partThatIsOpenByNow_isStoredWithTheRest() {
    try (ScriptedLinux linux = ScriptedLinux.running(POLICY)) {
      at(linux, CROSSING, THREAD);
      linux.side.protection().unlock(SECOND.label());
      linux.answer(StoreAnswer.STORE);
      step(linux);
      linux.answer(StoreAnswer.STORE);

      assertEquals(List.of("debug", "run", "debug"), linux.cpu(0).calls);
      assertFalse(linux.isOpen(RODATA));
    }
  }

  @Test
  void verdict_isNotForWhatIsClosedAnewMeanwhile() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      allowed(linux);
      linux.side.protection().unlock(FIRST.label());
      linux.side.protection().lock(FIRST.label());

      assertEquals(Next.RESUME, at(linux, RODATA + 8, THREAD));
      assertEquals(List.of(), linux.cpu(0).calls);
      assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    }
  }

  @Test
  void verdict_isNotAnotherThreads() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      allowed(linux);

      assertEquals(Next.TAKE_TURNS, at(linux, RODATA + 8, THREAD + 0x400));
      assertEquals(ASKED, linux.asked());
      assertEquals(List.of(), linux.cpu(0).calls);
      linux.answer(StoreAnswer.GP);
      step(linux);
      at(linux, RODATA + 8, THREAD);
      assertEquals(List.of("debug", "run", "debug"), linux.cpu(0).calls);
    }
  }

  @Test
  void verdict_isNotThatOfWhoeverComesToTheAddressLater() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      allowed(linux);
      linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
      linux.load("net", DISK_TEXT, DISK_DATA);
      at(linux, RODATA + 8, THREAD);

      assertEquals(List.of(), linux.cpu(0).calls);
    }
  }

  @Test
  void verdictThatIsNotUsed_isOver_onceTheInstructionStoresSomethingElse() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      allowed(linux);
      assertEquals(Next.TAKE_TURNS, at(linux, RODATA + 16, THREAD));
      linux.answer(StoreAnswer.GP);

      assertEquals(Next.RESUME, at(linux, RODATA + 8, THREAD));
      assertEquals(List.of(), linux.cpu(0).calls);
      assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    }
  }

  @Test
  void toldStoreThatNobodyAskedAbout_isOver_onceTheInstructionIsThereAgain() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      at(linux, RODATA + 8, THREAD);

      assertEquals(Next.RESUME, at(linux, RODATA + 16, THREAD));
      assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
      detected(linux, THREAD);
      assertEquals("1 2 0x1004010 8 0x5a 0xffffffffc1010020", linux.asked());
    }
  }

  @Test
  void toldStoreOfAModuleThatIsGone_isNobodys() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      at(linux, RODATA + 8, THREAD);
      linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
      detected(linux, THREAD);

      assertEquals("0 2 0x1004008 8 0x5a 0xffffffffc1010020", linux.asked());
    }
  }

  @Test
  void toldStoreToWhatIsOpenByNow_isTheCpus() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      at(linux, RODATA + 8, THREAD);
      linux.side.protection().unlock(FIRST.label());

      assertEquals(Abi.KVMPL_DETECTED_DONE(), detected(linux, THREAD));
      assertEquals("", linux.asked());
    }
  }

  @Test
  void pageThatVmpl0Opens_isRecordedAsAnAttempt() {
    try (ScriptedLinux linux = ScriptedLinux.running(POLICY)) {
      at(linux, RODATA + 8, THREAD);
      linux.adjust(RODATA);
      linux.answer(StoreAnswer.OPEN);

      assertEquals(1, linux.turn(0));
      assertEquals(List.of(), linux.cpu(0).calls);
      assertEquals(1, linux.recorder.attempts().size());
      assertEquals(StoreAnswer.OPEN, linux.recorder.attempts().getFirst().answer());
    }
  }

  @Test
  void pageThatVmpl0OpensForAToldStore_endsThat_andTheNextOneIsTold() {
    try (ScriptedLinux linux = ScriptedLinux.detecting(POLICY)) {
      at(linux, RODATA + 8, THREAD);
      detected(linux, THREAD);
      linux.adjust(RODATA);
      linux.answer(StoreAnswer.OPEN);
      assertEquals(Abi.KVMPL_DETECTED_DONE(), linux.cpu(0).registers().rbx());

      assertEquals(Next.RESUME, at(linux, RODATA + 0x1008, THREAD + 0x400));
      assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    }
  }
}
