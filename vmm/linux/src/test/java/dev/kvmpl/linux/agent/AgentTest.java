// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.agent;

import static dev.kvmpl.linux.script.ScriptedLinux.DISK;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_DATA;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static dev.kvmpl.linux.script.ScriptedLinux.TEXT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.KernelModules;
import dev.kvmpl.linux.writers.KernelState;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.script.Exits;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the agent tells is followed before its instruction is done. */
class AgentTest {
  private static final Protected DISKS =
      new Protected.OfModule(DISK, Set.of(Section.TEXT, Section.DATA));

  private static Policy policy(Protected... what) {
    return new Policy(List.of(what), List.of());
  }

  @Test
  void beforeTheAgentIsReady_nothingIsClosed() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(new Protected.KernelText(), DISKS), 1)) {
      assertTrue(linux.isOpen(TEXT));
      assertFalse(linux.side.agent().isReady());
    }
  }

  @Test
  void ready_closesWhatIsTheKernels_toThePage() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(policy(new Protected.KernelText(), new Protected.KernelRodata()))) {
      assertTrue(linux.side.agent().isReady());
      assertFalse(linux.isOpen(TEXT));
      assertFalse(linux.isOpen(TEXT + 0x1fff));
      assertTrue(linux.isOpen(TEXT + 0x2000));
      assertTrue(linux.isOpen(RODATA - 1));
      assertFalse(linux.isOpen(RODATA));
      assertFalse(linux.isOpen(RODATA + 0x1fff));
      assertTrue(linux.isOpen(RODATA + 0x2000));
    }
  }

  @Test
  void symbolThatTheKernelHasNot_cannotBeProtected() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.OfSymbol("none")))) {
      assertEquals(
          "symbol none cannot be protected: the kernel has no symbol none", linux.failure());
    }
  }

  @Test
  void symbolsPage_andARange_areClosed() {
    PageRange range = new PageRange(0x1100000, 0x1102000);
    try (ScriptedLinux linux =
        ScriptedLinux.running(
            policy(new Protected.OfSymbol("sys_call_table"), new Protected.OfRange(range)))) {
      assertFalse(linux.isOpen(RODATA));
      assertTrue(linux.isOpen(RODATA + 0x1000));
      assertFalse(linux.isOpen(range.start()));
      assertTrue(linux.isOpen(range.end()));
    }
  }

  @Test
  void module_isClosedOnceItHasStarted_andOpenOnceItGoes() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(DISKS))) {
      assertFalse(linux.isOpen(DISK_TEXT));
      assertFalse(linux.isOpen(DISK_DATA + 0x1000));
      assertTrue(linux.isOpen(DISK_DATA + 0x2000));

      linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
      assertTrue(linux.isOpen(DISK_TEXT));
      assertTrue(linux.isOpen(DISK_DATA + 0x1000));

      linux.tellModule(Abi.KVMPL_AGENT_COMING(), DISK, DISK_TEXT, DISK_DATA);
      assertTrue(linux.isOpen(DISK_DATA));
      linux.tellModule(Abi.KVMPL_AGENT_LIVE(), DISK, DISK_TEXT, DISK_DATA);
      assertFalse(linux.isOpen(DISK_DATA));
    }
  }

  @Test
  void moduleThatGoes_opensNothingOfTheKernels() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelRodata(), DISKS))) {
      linux.tellModule(Abi.KVMPL_AGENT_COMING(), "thief", TEXT, RODATA);
      linux.tellModule(Abi.KVMPL_AGENT_LIVE(), "thief", TEXT, RODATA);
      linux.tellModule(Abi.KVMPL_AGENT_GOING(), "thief", TEXT, RODATA);
      linux.tellModule(Abi.KVMPL_AGENT_GOING(), "thief", TEXT, DISK_DATA);

      assertFalse(linux.isOpen(RODATA));
      assertFalse(linux.isOpen(DISK_DATA));
    }
  }

  @Test
  void moduleLargerThanMemory_isNone() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(DISKS))) {
      long pages = linux.memory().size() / PageRange.PAGE_SIZE;
      linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);
      linux.tellModule(Abi.KVMPL_AGENT_LIVE(), DISK, DISK_TEXT, DISK_DATA, pages + 1);

      assertFalse(linux.isOpen(DISK_TEXT));
      assertTrue(linux.isOpen(DISK_DATA));
      linux.tellModule(Abi.KVMPL_AGENT_LIVE(), DISK, DISK_TEXT, DISK_DATA, 1L << 50);
      assertTrue(linux.isOpen(DISK_DATA));
    }
  }

  @Test
  void modulesWithoutEnd_endTheMachine() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelText()))) {
      for (int i = 1; i < KernelModules.MOST; i++) {
        linux.tellModule(Abi.KVMPL_AGENT_COMING(), "m" + i, DISK_TEXT, DISK_DATA);
      }
      assertEquals(
          Next.RESUME, linux.tellModule(Abi.KVMPL_AGENT_COMING(), "m1", DISK_TEXT, DISK_DATA));
      linux.tellModule(Abi.KVMPL_AGENT_COMING(), "more", DISK_TEXT, DISK_DATA);

      assertEquals("4097 modules that the guest tells of, allowed are 4096", linux.failure());
    }
  }

  @Test
  void symbolsOnceItIsReady_areNotHeard() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelText()))) {
      linux.tellSymbols("ffffffff81000000 t __text_poke\n");

      assertEquals("commit_creds", linux.side.writers().symbols().name(0xffffffff81000104L));
    }
  }

  @Test
  void readyTwice_isOnce() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelText()))) {
      assertEquals(Next.RESUME, linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0));
      assertFalse(linux.isOpen(TEXT));
    }
  }

  @Test
  void wordsThatMeanNothing_areNotHeard() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelText()))) {
      assertEquals(Next.RESUME, linux.tell(0, 0, 0));
      assertEquals(Next.RESUME, linux.tell(4711, -1, -1));
      assertEquals(Next.RESUME, linux.tell(Abi.KVMPL_AGENT_COMING(), -1, -1));
      assertFalse(linux.isOpen(TEXT));
    }
  }

  @Test
  void withoutAnAgent_theKernelIsClosed_onceItSaysThatItRuns() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(new Protected.KernelRodata()), 1)) {
      KernelSymbols symbols =
          KernelSymbols.of(
              """
              ffffffff81004000 R __start_rodata
              ffffffff81005000 R __end_rodata
              ffffffff81008100 D system_state
              """
                  .getBytes(StandardCharsets.US_ASCII));
      linux.side.agent().replaceBy(symbols, new KernelState(linux.memory(), symbols));
      linux.memory().putInt(ScriptedLinux.DATA + 0x100, 2);
      linux.exit(Exits.in(0x80, 1));
      linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);
      linux.tellSymbols("ffffffff81000000 R __start_rodata\n");
      assertTrue(linux.isOpen(RODATA));
      assertFalse(linux.side.agent().isReady());

      linux.memory().putInt(ScriptedLinux.DATA + 0x100, 3);
      linux.exit(Exits.in(0x80, 1));
      assertFalse(linux.isOpen(RODATA));
      assertTrue(linux.side.agent().isReady());
    }
  }

  @Test
  void status_isAByte() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelText()))) {
      linux.tell(Abi.KVMPL_AGENT_STATUS(), 0x1ff, 0);

      assertEquals(255, linux.side.agent().status().orElse(0));
    }
  }

  @Test
  void whatLiesBelowTheKernel_cannotBeProtected() {
    PageRange low = new PageRange(0x100000, 0x101000);
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.OfRange(low)))) {
      assertEquals(
          "gpa " + low + " cannot be protected: allowed is memory from 0x1000000 to 0x1200000",
          linux.failure());
    }
  }

  @Test
  void imageThatIsNowhere_cannotBeProtected() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(new Protected.KernelText()), 1)) {
      linux.tellSymbols("ffffffff81000000 T _text\nffffffff80fff000 T _etext\n");
      linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);

      assertTrue(linux.failure().startsWith("kernel-text is nowhere: _text"), linux.failure());
    }
  }

  @Test
  void hostWithoutRoom_endsTheMachine() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(new Protected.KernelText()), 1)) {
      linux.room(0);
      linux.tellSymbols("ffffffff81000000 T _text\nffffffff81001000 T _etext\n");
      linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);

      assertEquals("the host has no room for one more piece of closed memory", linux.failure());
    }
  }

  private static long associate(ScriptedLinux linux, long number, long level) {
    linux.tell(Abi.KVMPL_AGENT_ASSOCIATE(), number, level);
    return linux.cpu(0).registers().rbx();
  }

  private static long who(ScriptedLinux linux, long address) {
    linux.tell(Abi.KVMPL_AGENT_WHO(), address, 0);
    return linux.cpu(0).registers().rbx();
  }

  @Test
  void moduleGetsTheLevelOfTheVcpu_once_andIsKnownFromThenOn() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(DISKS))) {
      linux.tellModule(Abi.KVMPL_AGENT_COMING(), "net", 0x1020000, 0x1024000);
      long number = linux.cpu(0).registers().rbx();
      assertEquals(2, number);
      assertEquals(0, who(linux, ScriptedLinux.MODULES + 0x1020010));

      assertEquals(0, associate(linux, number, 0));
      assertEquals(0, associate(linux, number, 2));
      assertEquals(0, associate(linux, 7, 1));
      assertEquals(0, associate(linux, number + (1L << Integer.SIZE), 1));
      assertEquals(0, who(linux, ScriptedLinux.MODULES + 0x1020010));
      assertEquals(1, associate(linux, number, 1));
      assertEquals(0, associate(linux, number, 1));

      assertEquals(number, who(linux, ScriptedLinux.MODULES + 0x1020010));
      assertEquals(1, who(linux, ScriptedLinux.MODULES + DISK_TEXT));
      assertEquals(0, who(linux, ScriptedLinux.IMAGE + TEXT));
    }
  }

  @Test
  void moreSymbolsThanThereIsRoomFor_endTheMachine_withTheLimit() {
    for (long length : new long[] {(16 << 20) + 1, -1}) {
      try (ScriptedLinux linux = ScriptedLinux.booted(policy(new Protected.KernelText()), 1)) {
        linux.tell(Abi.KVMPL_AGENT_SYMBOLS(), ScriptedLinux.IMAGE, length);

        assertEquals(
            Long.toUnsignedString(length)
                + " bytes of symbols that the guest tells of, allowed are 16777216",
            linux.failure());
      }
    }
  }

  @Test
  void asManySymbolsAsThereIsRoomFor_areTaken() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(new Protected.KernelText()), 1)) {
      assertEquals(Next.RESUME, linux.tell(Abi.KVMPL_AGENT_SYMBOLS(), 0, 16 << 20));
    }
  }

  @Test
  void whatVmpl0HasRecorded_isNobodysOnceTheModuleOrTheMemoryGoes() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(DISKS))) {
      ValidatorTables tables = new ValidatorTables(linux.memory(), MemoryLayout.PAYLOADS.tables());
      Ownership kept = new Ownership(new PageRange(0x1110000, 0x1111000), 2);
      tables.writeOwnership(
          List.of(
              new Ownership(new PageRange(DISK_DATA, DISK_DATA + 0x1000), 2),
              new Ownership(new PageRange(0x1100000, 0x1102000), 1),
              kept));

      linux.tellModule(Abi.KVMPL_AGENT_GOING(), DISK, DISK_TEXT, DISK_DATA);

      assertEquals(List.of(kept), tables.readOwnership());
    }
  }
}
