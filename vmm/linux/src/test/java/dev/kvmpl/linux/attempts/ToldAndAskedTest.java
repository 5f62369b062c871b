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
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.linux.agent.Agent;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.RunRecorder;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.script.Exits;
import dev.kvmpl.spec.Recording;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What Linux does between being told of a store that KVM has retired, and asking about it. */
class ToldAndAskedTest {
  private static final Policy POLICY = new Policy(List.of(new Protected.KernelRodata()), List.of());
  private static final int[] ADD_TO_RAX = {0x48, 0x01, 0x18}; // add %rbx, (%rax)
  private static final long RIP = MODULES + DISK_TEXT + 0x20;
  private static final long STORED = RODATA + 8;
  private static final long THREAD = 0x280000;
  private static final long OTHER = THREAD + 0x400; // stack of another thread

  private final ScriptedLinux linux = ScriptedLinux.detecting(POLICY);

  @AfterEach
  void close() {
    linux.close();
  }

  private Next store(long next, long stack, long data) {
    linux.behind(next, 0);
    linux.cpu(0).registers().rsp(stack);
    linux.cpu(0).delivered.clear();
    return linux.exit(Exits.store(STORED, 8, data));
  }

  /** Adds 1 to what is 5 in memory. */
  private void addition() {
    linux.memory().putLong(STORED, 5);
    linux.cpu(0).map(MODULES + RODATA, RODATA);
    linux.at(DISK_TEXT + 0x20 - ADD_TO_RAX.length, RIP, ADD_TO_RAX);
    linux.cpu(0).registers().rax(MODULES + STORED);
    linux.cpu(0).registers().rbx(1);
    assertEquals(Next.RESUME, store(RIP, THREAD, 6));
  }

  private long ask(int what, long stack) {
    linux.behind(IMAGE + COMMIT_CREDS + 0x40, 0);
    linux.tell(what, RIP, stack);
    return linux.cpu(0).registers().rbx();
  }

  private long stored() {
    return linux.memory().getLong(STORED);
  }

  @Test
  void additionToWhatAnInterruptChanges_isNotLost_andNotDoneTwice() {
    addition();
    store(IMAGE + COMMIT_CREDS + 4, OTHER, 0x70);
    linux.answer(StoreAnswer.STORE);
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);

    assertEquals(Next.STOP, linux.answer(StoreAnswer.STORE));
    assertEquals(0x70, stored());
    assertTrue(linux.failure().contains("(the whole of add of 8 bytes)"), linux.failure());
  }

  @Test
  void additionToWhatStaysAsItIs_isDone() {
    addition();
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);
    linux.answer(StoreAnswer.STORE);

    assertEquals(6, stored());
  }

  @Test
  void sameInstructionOnAnotherStack_isAnothersStore() {
    store(RIP, THREAD, 0x5a);
    assertEquals(Next.TAKE_TURNS, store(RIP, OTHER, 0x666));
    linux.answer(StoreAnswer.GP);

    assertEquals(0, ask(Abi.KVMPL_AGENT_CAUGHT(), OTHER));
    assertEquals(Abi.KVMPL_DETECTED_NOTHING(), ask(Abi.KVMPL_AGENT_DETECTED(), OTHER));
    assertEquals("", linux.asked());
    assertEquals(1, ask(Abi.KVMPL_AGENT_CAUGHT(), THREAD));
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);
    linux.answer(StoreAnswer.STORE);
    assertEquals(0x5a, stored());
  }

  @Test
  void storeForWhoseExceptionNobodyHasAsked_isOver_onceTheInstructionIsThereAgain() {
    store(RIP, THREAD, 0x5a);

    assertEquals(Next.RESUME, store(RIP, THREAD, 0x77));
    assertEquals(List.of("exception 13 0"), linux.cpu(0).delivered);
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);
    linux.answer(StoreAnswer.STORE);

    assertEquals(0x77, stored());
    assertEquals(1, linux.recorder.attempts().size());
    assertEquals(Abi.KVMPL_DETECTED_NOTHING(), ask(Abi.KVMPL_AGENT_DETECTED(), THREAD));
  }

  @Test
  void moduleThatIsGone_isNobody() {
    store(RIP, THREAD, 0x5a);
    linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);

    assertEquals("0 2 0x1004008 8 0x5a 0xffffffffc101001f", linux.asked());
  }

  @Test
  void anotherModuleAtThatAddress_isNotTheOneThatStored() {
    store(RIP, THREAD, 0x5a);
    linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
    linux.load("net", DISK_TEXT, DISK_DATA);
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);

    assertEquals("0 2 0x1004008 8 0x5a 0xffffffffc101001f", linux.asked());
  }

  @Test
  void memoryThatIsOpenByNow_isStored_andNobodyIsAsked() {
    store(RIP, THREAD, 0x5a);
    linux.side.protection().unlock("kernel-rodata");
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);

    assertEquals(Abi.KVMPL_DETECTED_DONE(), linux.cpu(0).registers().rbx());
    assertEquals("", linux.asked());
    assertEquals(0x5a, stored());
  }

  @Test
  void memoryThatIsOpenAndClosedAgain_isAskedAbout() {
    store(RIP, THREAD, 0x5a);
    linux.side.protection().unlock("kernel-rodata");
    linux.side.protection().lock("kernel-rodata");
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);

    assertEquals("1 2 0x1004008 8 0x5a 0xffffffffc101001f", linux.asked());
    assertEquals(0, stored());
  }

  @Test
  void whatIsClosedAnewWhileVmpl0Decides_isJudgedAnew() {
    try (ScriptedLinux trap = ScriptedLinux.running(POLICY)) {
      trap.behind(RIP, 0);
      trap.exit(Exits.store(STORED, 8, 0x5a));
      trap.side.protection().unlock("kernel-rodata");
      trap.side.protection().lock("kernel-rodata");

      assertEquals(Next.TAKE_TURNS, trap.answer(StoreAnswer.STORE));
      assertEquals("1 2 0x1004008 8 0x5a 0xffffffffc101001f", trap.asked());
      assertEquals(0, trap.memory().getLong(STORED));
      assertTrue(trap.recorder.attempts().isEmpty());
      trap.answer(StoreAnswer.STORE);
      assertEquals(0x5a, trap.memory().getLong(STORED));
      assertEquals(1, trap.recorder.attempts().size());
    }
  }

  @Test
  void whatVmpl0RecordsForAModuleThatHasGoneMeanwhile_isNobodys() {
    ValidatorTables tables = new ValidatorTables(linux.memory(), MemoryLayout.PAYLOADS.tables());
    store(RIP, THREAD, 0x5a);
    ask(Abi.KVMPL_AGENT_DETECTED(), THREAD);
    linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
    linux.adjust(RODATA);
    tables.writeOwnership(List.of(new Ownership(new PageRange(RODATA, RODATA + 0x1000), 1)));
    linux.answer(StoreAnswer.OPEN);

    assertEquals(List.of(), tables.readOwnership());
    assertEquals(0x5a, stored());
  }

  @Test
  void storeThatCannotBeDone_isNotComplete() {
    RunRecorder steps = new RunRecorder(Recording.STEPS);
    try (ScriptedLinux trap = ScriptedLinux.running(POLICY, 2)) {
      trap.watch(steps);
      trap.memory().putLong(STORED, 5);
      trap.at(DISK_TEXT + 0x20 - 3, RIP, 0x48, 0x11, 0x18); // adc %rbx, (%rax): not repeatable
      trap.cpu(0).registers().rax(MODULES + STORED);
      trap.exit(Exits.store(STORED, 8, 6));
      trap.memory().putLong(STORED, 9);

      assertEquals(Next.STOP, trap.answer(StoreAnswer.STORE));
      assertEquals(
          List.of("EXIT1", "LAUNCH", "RELAUNCH"),
          steps.steps().stream().map(e -> e.step().label()).toList());
    }
  }

  @Test
  void threadThatAsksOnAnotherProcessor_isRefused() {
    try (ScriptedLinux two = ScriptedLinux.detecting(POLICY, 2)) {
      two.behind(RIP, 0);
      assertEquals(Next.RESUME, two.exit(Exits.store(STORED, 8, 0x5a)));
      two.cpu(1).registers().rbx(RIP);
      two.cpu(1).registers().rcx(THREAD);
      two.exit(two.vcpu(1), Exits.out(Agent.PORT, Integer.BYTES, Abi.KVMPL_AGENT_DETECTED()));

      assertEquals(Abi.KVMPL_DETECTED_NOTHING(), two.cpu(1).registers().rbx());
      assertEquals("", two.asked(1));
      assertEquals(0, two.memory().getLong(STORED));
    }
  }
}
