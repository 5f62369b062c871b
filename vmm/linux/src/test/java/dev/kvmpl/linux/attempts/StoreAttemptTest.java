// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import static dev.kvmpl.linux.script.ScriptedLinux.COMMIT_CREDS;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_DATA;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.IMAGE;
import static dev.kvmpl.linux.script.ScriptedLinux.MEMCPY;
import static dev.kvmpl.linux.script.ScriptedLinux.MODULES;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static dev.kvmpl.linux.script.ScriptedLinux.TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.TEXT_POKE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.script.Exits;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A store that KVM has computed and told of, from its exit to its end. */
class StoreAttemptTest {
  private static final int[] MOV_TO_RAX = {0x48, 0x89, 0x18}; // mov %rbx, (%rax)
  private static final long OLD = 0x0102030405060708L;

  private final ScriptedLinux linux =
      ScriptedLinux.running(
          new Policy(
              List.of(
                  new Protected.KernelText(),
                  new Protected.KernelRodata(),
                  new Protected.OfModule(ScriptedLinux.DISK, Set.of(Section.DATA))),
              List.of()));

  @AfterEach
  void close() {
    linux.close();
  }

  private Attempt only() {
    assertEquals(1, linux.recorder.attempts().size(), linux.recorder.attempts()::toString);
    return linux.recorder.attempts().getFirst();
  }

  /** The module stores at an entry of the system call table. */
  private Next tableStore() {
    linux.memory().putLong(RODATA + 0x138, OLD);
    linux.at(DISK_TEXT + 0x20, MODULES + DISK_TEXT + 0x23, MOV_TO_RAX);
    linux.cpu(0).registers().rax(MODULES + RODATA + 0x138);
    return linux.exit(Exits.store(RODATA + 0x138, 8, 0x5a));
  }

  @Test
  void store_isAskedFor_withWhoAndWhere_beforeAnythingIsStored() {
    assertEquals(Next.TAKE_TURNS, tableStore());

    assertEquals(0, linux.turn(0));
    assertEquals("1 3 0x1004138 8 0x5a 0xffffffffc1010022", linux.asked());
    assertEquals(OLD, linux.memory().getLong(RODATA + 0x138));
    assertEquals(List.of(), linux.recorder.attempts());
  }

  @Test
  void allowedStore_isStored_andThePageStaysClosed() {
    tableStore();
    linux.answer(StoreAnswer.STORE);

    assertEquals(1, linux.turn(0));
    assertEquals(0x5a, linux.memory().getLong(RODATA + 0x138));
    assertFalse(linux.isOpen(RODATA));
    assertEquals(List.of(), linux.cpu(0).delivered);
    Attempt attempt = only();
    assertEquals("module disk", attempt.writer().label());
    assertEquals("[disk]+0x22", attempt.writer().place());
    assertEquals("insmod", attempt.task());
    assertEquals("kernel-rodata", attempt.what());
    assertEquals("sys_call_table+0x138", attempt.target());
    assertEquals(StoreAnswer.STORE, attempt.answer());
    assertEquals(Verdict.ALLOWED, attempt.verdict());
  }

  @Test
  void openedPage_isOpen() {
    tableStore();
    linux.adjust(RODATA);
    linux.answer(StoreAnswer.OPEN);

    assertEquals(0x5a, linux.memory().getLong(RODATA + 0x138));
    assertTrue(linux.isOpen(RODATA));
    assertFalse(linux.isOpen(RODATA + 0x1000));
  }

  @ParameterizedTest
  @EnumSource(names = {"DROP", "GP", "PF"})
  void refusedStore_changesNothing(StoreAnswer answer) {
    tableStore();
    linux.answer(answer);

    assertEquals(1, linux.turn(0));
    assertEquals(OLD, linux.memory().getLong(RODATA + 0x138));
    assertFalse(linux.isOpen(RODATA));
    assertEquals(answer, only().answer());
    assertEquals(Verdict.RESTRICTED, only().verdict());
    assertEquals(
        switch (answer) {
          case GP -> List.of("exception 13 0");
          case PF -> List.of("page fault 0xb at 0xffffffffc1004138");
          default -> List.of();
        },
        linux.cpu(0).delivered);
  }

  @Test
  void pageFault_isAboutTheImage_ifNoInstructionLeadsThere() {
    linux.behind(IMAGE + COMMIT_CREDS + 4, 0);
    linux.exit(Exits.store(RODATA + 8, 8, 1));
    linux.answer(StoreAnswer.PF);

    assertEquals(List.of("page fault 0xb at 0xffffffff81004008"), linux.cpu(0).delivered);
  }

  @Test
  void answerThatContradictsItsReason_isARefusal() {
    tableStore();
    linux.answer(StoreAnswer.STORE, Abi.KVMPL_ERR_RESTRICTED());
    tableStore();
    linux.answer(StoreAnswer.GP, Abi.SVSM_SUCCESS());

    assertEquals(OLD, linux.memory().getLong(RODATA + 0x138));
    assertEquals(List.of("exception 13 0", "exception 13 0"), linux.cpu(0).delivered);
    for (Attempt attempt : linux.recorder.attempts()) {
      assertEquals(Verdict.INVALID_ANSWER, attempt.verdict());
      assertEquals(StoreAnswer.GP, attempt.answer());
    }
  }

  @Test
  void storeOf16Bytes_isTwoQuestions_andOneAttempt() {
    linux.behind(MODULES + DISK_TEXT + 0x23, 0);
    linux.cpu(0).parts.add(Exits.store(RODATA + 0x28, 8, 2));
    linux.exit(Exits.store(RODATA + 0x20, 8, 1));
    linux.answer(StoreAnswer.STORE);
    assertEquals(0, linux.memory().getLong(RODATA + 0x20));
    assertTrue(linux.asked().contains("0x1004028 8 0x2"), linux.asked());
    linux.answer(StoreAnswer.STORE);

    assertEquals(1, linux.memory().getLong(RODATA + 0x20));
    assertEquals(2, linux.memory().getLong(RODATA + 0x28));
    assertEquals(16, only().length());
    assertEquals(2, only().exits());
  }

  @Test
  void storeOf16Bytes_ofWhichOneHalfIsRefused_isNotDone() {
    linux.behind(MODULES + DISK_TEXT + 0x23, 0);
    linux.cpu(0).parts.add(Exits.store(RODATA + 0x28, 8, 2));
    linux.exit(Exits.store(RODATA + 0x20, 8, 1));
    linux.answer(StoreAnswer.STORE);
    linux.answer(StoreAnswer.GP);

    assertEquals(0, linux.memory().getLong(RODATA + 0x20));
    assertEquals(0, linux.memory().getLong(RODATA + 0x28));
    assertEquals(StoreAnswer.GP, only().answer());
  }

  @Test
  void copyThatPatches_isPatchings() {
    linux.behind(IMAGE + MEMCPY + 4, IMAGE + TEXT_POKE + 0x21);
    linux.exit(Exits.store(TEXT + 0x500, 1, 0xcc));

    assertEquals("0 1 0x1000500 1 0xcc 0xffffffff81000203", linux.asked());
    linux.answer(StoreAnswer.STORE);
    assertEquals("kernel-patching", only().writer().label());
  }

  @Test
  void kernelsOwnCode_isTheKernels() {
    linux.behind(IMAGE + COMMIT_CREDS + 4, MODULES + DISK_TEXT);
    linux.exit(Exits.store(TEXT + 0x500, 4, 1));

    assertTrue(linux.asked().startsWith("0 0 "), linux.asked());
  }

  @Test
  void codeThatNobodyKnows_isAModules() {
    linux.behind(MODULES + 0x1020000, 0);
    linux.exit(Exits.store(TEXT + 0x500, 4, 1));

    assertTrue(linux.asked().startsWith("0 2 "), linux.asked());
    linux.answer(StoreAnswer.GP);
    assertEquals("unknown code", only().writer().label());
  }

  @Test
  void otherModulesMemory_isOwnedByOther() {
    linux.load("net", 0x1020000, 0x1024000);
    linux.behind(MODULES + 0x1020004, 0);
    linux.exit(Exits.store(DISK_DATA + 0x1008, 8, 7));
    assertTrue(linux.asked().startsWith("2 2 0x1015008"), linux.asked());
    linux.answer(StoreAnswer.GP, Abi.KVMPL_ERR_OWNED_BY_OTHER());

    assertEquals(Verdict.OWNED_BY_OTHER, only().verdict());
    assertEquals("module disk", only().what());
    assertEquals(0, linux.memory().getLong(DISK_DATA + 0x1008));
  }

  @Test
  void storeOfMorePartsThanAre_endsTheMachine() {
    linux.behind(MODULES + DISK_TEXT + 0x23, 0);
    for (int i = 1; i <= 8; i++) {
      linux.cpu(0).parts.add(Exits.store(RODATA + i * 8L, 8, i));
    }

    assertEquals(Next.STOP, linux.exit(Exits.store(RODATA, 8, 0)));

    assertTrue(
        linux.failure().startsWith("a store of more parts than KVM can tell of on vcpu"),
        linux.failure());
    assertTrue(linux.failure().contains("[disk]+0x23"), linux.failure());
  }

  @Test
  void tablesInClosedMemory_endTheMachine_thatMayHaveStoredElsewhere() {
    // The exit tells of the entry by which the operand's address leads somewhere else.
    long entry = RODATA;
    linux.memory().putLong(entry, 0x83); // 1 GiB at 0
    linux.memory().putLong(linux.cpu(0).pageTables + 8, entry | 3);
    linux.at(DISK_TEXT + 0x20, MODULES + DISK_TEXT + 0x23, MOV_TO_RAX);
    linux.cpu(0).registers().rax(1L << 39);

    assertEquals(Next.STOP, linux.exit(Exits.store(entry, 8, 1)));

    assertTrue(
        linux.failure().startsWith("the guest's page tables are in memory that it may not write"),
        linux.failure());
  }
}
