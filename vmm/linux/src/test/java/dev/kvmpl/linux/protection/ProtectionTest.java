// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.protection;

import static dev.kvmpl.linux.script.ScriptedLinux.DISK_DATA;
import static dev.kvmpl.linux.script.ScriptedLinux.DISK_TEXT;
import static dev.kvmpl.linux.script.ScriptedLinux.RODATA;
import static dev.kvmpl.linux.script.ScriptedLinux.TEXT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.script.ScriptedLinux;
import dev.kvmpl.linux.writers.KernelModule.Section;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is closed of a guest's memory, and what it is called. */
class ProtectionTest {
  private static final Protected RODATAS = new Protected.KernelRodata();

  private static Policy policy(Protected... what) {
    return new Policy(List.of(what), List.of());
  }

  @Test
  void pageThatIsTwoThings_isTheFirst() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(policy(new Protected.OfSymbol("sys_call_table"), RODATAS))) {
      assertEquals("symbol sys_call_table", linux.side.what(RODATA));
      assertEquals("kernel-rodata", linux.side.what(RODATA + 0x1000));
      assertEquals("", linux.side.what(TEXT));
      assertEquals("", linux.side.what(linux.memory().size()));
    }
  }

  @Test
  void unlocked_isOpen_untilItIsLocked() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(new Protected.KernelText(), RODATAS))) {
      assertEquals(2, linux.side.protection().unlock("kernel-rodata").orElse(0));
      assertTrue(linux.isOpen(RODATA));
      assertTrue(linux.isOpen(RODATA + 0x1000));
      assertFalse(linux.isOpen(TEXT));
      assertEquals("", linux.side.what(RODATA));

      assertEquals(2, linux.side.protection().lock("kernel-rodata").orElse(0));
      assertFalse(linux.isOpen(RODATA));
      assertEquals("kernel-rodata", linux.side.what(RODATA));
    }
  }

  @Test
  void moduleThatComesWhileItIsUnlocked_isClosedOnceItIsLocked() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(policy(new Protected.OfModule("net", Set.of(Section.DATA))))) {
      assertEquals(0, linux.side.protection().unlock("module net").orElse(-1));
      linux.load("net", 0x1020000, 0x1024000);
      assertTrue(linux.isOpen(0x1024000));

      assertEquals(2, linux.side.protection().lock("module net").orElse(-1));
      assertFalse(linux.isOpen(0x1025000));
      linux.tellModule(Abi.KVMPL_AGENT_GOING(), "net", 0x1020000, 0x1024000);
      assertTrue(linux.isOpen(0x1025000));
      assertEquals(0, linux.side.protection().lock("module net").orElse(-1));
    }
  }

  @Test
  void whatIsUnlockedBeforeTheAgentIsReady_staysOpen() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(RODATAS), 1)) {
      linux.side.protection().unlock("kernel-rodata");
      linux.tellSymbols("ffffffff81004000 R __start_rodata\nffffffff81005000 R __end_rodata\n");
      linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);
      assertTrue(linux.isOpen(RODATA));

      linux.side.protection().lock("kernel-rodata");
      assertFalse(linux.isOpen(RODATA));
    }
  }

  @Test
  void unlockingWithoutRoomForAll_opensNothing() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(
            policy(
                new Protected.OfModule(ScriptedLinux.DISK, Set.of(Section.TEXT, Section.DATA))))) {
      linux.room(1);
      Protection protection = linux.side.protection();
      assertThrows(Protection.ImpossibleException.class, () -> protection.unlock("module disk"));

      assertFalse(linux.isOpen(DISK_TEXT));
      assertFalse(linux.isOpen(DISK_DATA));
      assertEquals("module disk", linux.side.what(DISK_TEXT));
      linux.room(2);
      assertEquals(3, protection.unlock("module disk").orElse(0));
      assertTrue(linux.isOpen(DISK_DATA));
    }
  }

  @Test
  void whatThePolicyDoesNotProtect_cannotBeUnlocked() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(RODATAS))) {
      assertEquals(OptionalInt.empty(), linux.side.protection().unlock("kernel-text"));
      assertEquals(OptionalInt.empty(), linux.side.protection().lock(""));
    }
  }

  @Test
  void target_isSymbolAndOffset_orAnAddress() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(RODATAS))) {
      assertEquals("sys_call_table+0x8", linux.side.target(RODATA + 8));
      assertEquals("0x40000000", linux.side.target(1 << 30));
    }
  }

  @Test
  void sectionsThatThePolicyDoesNotName_stayOpen() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(
            policy(new Protected.OfModule(ScriptedLinux.DISK, Set.of(Section.TEXT))))) {
      assertFalse(linux.isOpen(DISK_TEXT));
      assertTrue(linux.isOpen(DISK_DATA));
    }
  }

  @Test
  void otherModules_stayOpen() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(
            policy(new Protected.OfModule("other", Set.of(Section.TEXT, Section.DATA))))) {
      assertTrue(linux.isOpen(DISK_TEXT));
    }
  }

  @Test
  void moduleThatIsNowhere_closesNothing() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(policy(new Protected.OfModule("odd", Set.of(Section.DATA))))) {
      linux.load("odd", DISK_TEXT, linux.memory().size() - 0x1000);
      assertFalse(linux.isOpen(linux.memory().size() - 0x1000));

      linux.tellModule(Abi.KVMPL_AGENT_GOING(), "odd", DISK_TEXT, linux.memory().size() - 0x1000);
      assertTrue(linux.isOpen(linux.memory().size() - 0x1000));
    }
  }

  @Test
  void moduleInMemoryThatIsNotToBeClosed_endsTheMachine() {
    try (ScriptedLinux linux =
        ScriptedLinux.running(policy(new Protected.OfModule("low", Set.of(Section.DATA))))) {
      linux.load("low", DISK_TEXT, 0x300000);

      assertEquals(
          "module low cannot be protected: allowed is memory from 0x1000000 to 0x1200000",
          linux.failure());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"ffffffff81200001", "ffffffff81000000", "ffffffffa0000000"})
  void imageThatIsNotInMemory_cannotBeProtected(String end) {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(RODATAS), 1)) {
      linux.tellSymbols("ffffffff81000000 R __start_rodata\n" + end + " R __end_rodata\n");
      linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);

      assertTrue(linux.failure().startsWith("kernel-rodata "), linux.failure());
    }
  }

  @Test
  void imageThatIsNotMapped_cannotBeProtected() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(RODATAS), 1)) {
      linux.tellSymbols("ffffffff81000000 R __start_rodata\nffffffff81001000 R __end_rodata\n");
      linux.cpu(0).pageTables = 0x2000;
      linux.tell(Abi.KVMPL_AGENT_READY(), 0, 0);

      assertTrue(linux.failure().startsWith("kernel-rodata is nowhere"), linux.failure());
    }
  }

  @Test
  void addressThatIsNotMapped_readsAsZero() {
    try (ScriptedLinux linux = ScriptedLinux.running(policy(RODATAS))) {
      assertEquals(0, linux.side.virtual().word(linux.cpu(0), 1L << 40));
      assertEquals(-1, linux.side.virtual().physical(linux.cpu(0), 1L << 40));
      linux.memory().slice(0x300000, 16).fill((byte) 'x');
      assertEquals("xxxx", linux.side.virtual().text(linux.cpu(0), 0x300000, 4));
    }
  }

  @Test
  void task_isUnknown_untilTheAgentHasToldWhereItsNameIs() {
    try (ScriptedLinux linux = ScriptedLinux.booted(policy(RODATAS), 1)) {
      assertEquals("", linux.side.tasks().running(linux.cpu(0)));
      linux.tell(Abi.KVMPL_AGENT_TASKS(), 0xb70, 0);
      assertEquals("", linux.side.tasks().running(linux.cpu(0)));
    }
  }
}
