// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tables that lead elsewhere than KVM says show who has been asked. */
class OperandAddressTest {
  private static final long ADDRESS = 0x123;
  private static final long PML4 = KERNEL + 0x10000;
  private static final long BY_TABLES = KERNEL + 0x20000;
  private static final long BY_KVM = KERNEL + 0x30000;
  private static final long PRESENT = 1;

  private final ScriptedMachine machine = ScriptedMachine.running();
  private final LevelVcpu validator = machine.vcpu(Vmpl.VMPL0, 0);
  private final OperandAddress operand =
      new OperandAddress(machine.memory(), machine.permissions().rmp());

  @BeforeEach
  void writeTables() {
    for (long table = PML4; table < PML4 + 0x3000; table += 0x1000) {
      machine.memory().putLong(table, (table + 0x1000) | PRESENT);
    }
    machine.memory().putLong(PML4 + 0x3000, BY_TABLES | PRESENT);
    machine.cpu(validator).fourLevelTables = PML4;
    machine.cpu(validator).map(0, BY_KVM);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  @Test
  void tablesThatTheLastExitHasToldOf_areWalked() {
    assertEquals(BY_TABLES + 0x123, operand.translate(validator, ADDRESS));
  }

  @Test
  void tablesOfWhichNothingIsKnown_areKvms() {
    machine.cpu(validator).fourLevelTables = GuestCpu.UNMAPPED;

    assertEquals(BY_KVM + 0x123, operand.translate(validator, ADDRESS));
  }

  @Test
  void whatOnlySomeCpusTake_isKvms() {
    machine.memory().putLong(PML4 + 0x3000, BY_TABLES | PRESENT | 1L << 63);

    assertEquals(BY_KVM + 0x123, operand.translate(validator, ADDRESS));
  }

  @Test
  void addressThatTheTablesDoNotMap_isKvms() {
    machine.memory().putLong(PML4 + 0x3000, BY_TABLES);

    assertEquals(BY_KVM + 0x123, operand.translate(validator, ADDRESS));
  }

  @Test
  void tablesInMemoryThatTheLevelMayNotRead_areKvms() {
    for (long table = PML4; table < PML4 + 0x4000; table += 0x1000) {
      machine.permissions().rmp().validate(Vmpl.VMPL0, table, 0, 0);
      assertEquals(BY_KVM + 0x123, operand.translate(validator, ADDRESS));

      machine.permissions().rmp().validate(Vmpl.VMPL0, table, 0, 1);
      assertEquals(BY_TABLES + 0x123, operand.translate(validator, ADDRESS));
    }
  }

  @Test
  void addressThatIsNotCanonical_isNowhere() {
    assertEquals(GuestCpu.UNMAPPED, operand.translate(validator, ADDRESS | 1L << 48));
  }
}
