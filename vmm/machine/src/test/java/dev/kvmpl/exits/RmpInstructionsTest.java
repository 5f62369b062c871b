// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** RMPADJUST, RMPQUERY and PVALIDATE, by both ways in which they get here. */
class RmpInstructionsTest {
  private static final int[] RMPADJUST = {0xf3, 0x0f, 0x01, 0xfe};
  private static final int[] RMPQUERY = {0xf3, 0x0f, 0x01, 0xfd};
  private static final int[] PVALIDATE = {0xf2, 0x0f, 0x01, 0xff};
  private static final long RIP = 0x300000;

  private final ScriptedMachine machine = ScriptedMachine.running();
  private final LevelVcpu validator = machine.vcpu(Vmpl.VMPL0, 0);

  @AfterEach
  void close() {
    machine.close();
  }

  private Registers execute(LevelVcpu by, int[] opcode, long rax, long rcx, long rdx) {
    Registers registers = by.cpu().registers();
    registers.rax(rax);
    registers.rcx(rcx);
    registers.rdx(rdx);
    registers.rip(RIP);
    registers.rflags(0x2);
    assertEquals(Next.RESUME, machine.exit(by, Exits.emulation(opcode)));
    return registers;
  }

  private static long rdx(Vmpl level, int permissions) {
    return level.number() | (long) permissions << 8;
  }

  @Test
  void adjustment_binds_andIsAResultInTheRegisters() {
    Registers after =
        execute(validator, RMPADJUST, KERNEL, 0, rdx(Vmpl.VMPL2, PagePermissions.ALL));

    assertEquals(Abi.RMP_OK(), after.rax());
    assertEquals(RIP + 4, after.rip());
    assertEquals(0x46, after.rflags()); // ZF and PF
    assertEquals(PagePermissions.ALL, machine.bound(Vmpl.VMPL2).access(PageRange.pageOf(KERNEL)));
  }

  @Test
  void refusedAdjustment_changesNothing() {
    Registers after =
        execute(machine.kernel(), RMPADJUST, KERNEL, 0, rdx(Vmpl.VMPL2, PagePermissions.ALL));

    assertEquals(Abi.RMP_FAIL_PERMISSION(), after.rax());
    assertEquals(
        PagePermissions.READ_EXECUTE, machine.bound(Vmpl.VMPL2).access(PageRange.pageOf(KERNEL)));
  }

  @Test
  void moreThanCanBeEnforced_isRefused() {
    machine.bound(Vmpl.VMPL2).limit(0);

    assertEquals(
        Abi.KVMPL_RMP_FAIL_NO_ROOM(),
        execute(validator, RMPADJUST, KERNEL, 0, rdx(Vmpl.VMPL2, PagePermissions.ALL)).rax());
  }

  @Test
  void query_saysWhatTheLevelHas() {
    Registers after = execute(validator, RMPQUERY, KERNEL, 7, rdx(Vmpl.VMPL3, 0));

    assertEquals(0, after.rcx());
    assertEquals(PagePermissions.READ_EXECUTE, after.rdx() >>> 8 & 0xf);
  }

  @Test
  void largeEntry_isSplitWhere4KiBAreMeant_andQueriedAsLarge() {
    long large = 10L << 20;
    machine.permissions().rmp().useLargeEntries(new PageRange(large, large + (2 << 20)));
    assertEquals(1, execute(validator, RMPQUERY, large, 1, rdx(Vmpl.VMPL3, 0)).rcx());

    execute(validator, RMPADJUST, large, 0, rdx(Vmpl.VMPL2, PagePermissions.READ));
    assertEquals(0, execute(validator, RMPQUERY, large, 0, rdx(Vmpl.VMPL3, 0)).rcx());
  }

  @Test
  void invalidatedPage_isNobodysAnyMore_andAdjustingItRaisesVc() {
    Registers after = execute(validator, PVALIDATE, KERNEL, 0, 0);
    assertEquals(0, after.rax());
    for (Vmpl level : Vmpl.values()) {
      assertEquals(0, machine.bound(level).access(PageRange.pageOf(KERNEL)));
    }
    assertEquals(1, execute(validator, PVALIDATE, KERNEL, 0, 0).rflags() & 1); // nothing changed

    execute(validator, RMPADJUST, KERNEL, 0, rdx(Vmpl.VMPL2, 0));
    assertEquals(
        List.of("exception " + Abi.VECTOR_VC() + " " + Abi.VC_PAGE_NOT_VALIDATED()),
        machine.cpu(validator).delivered);
    assertEquals(KERNEL, machine.cpu(validator).faultAddress);
  }

  @Test
  void validationBelowVmpl0_isAGeneralProtectionFault() {
    execute(machine.kernel(), PVALIDATE, KERNEL, 0, 1);

    assertEquals(
        List.of("exception " + Abi.VECTOR_GP() + " 0"), machine.cpu(machine.kernel()).delivered);
  }

  @Test
  void addressThatLeadsNowhere_isNoPage() {
    assertEquals(
        Abi.RMP_FAIL_INPUT(), execute(validator, RMPADJUST, 1L << 60, 0, rdx(Vmpl.VMPL2, 0)).rax());
    machine.cpu(validator).map(KERNEL, GuestCpu.UNMAPPED);
    assertEquals(
        Abi.RMP_FAIL_INPUT(), execute(validator, RMPADJUST, KERNEL, 0, rdx(Vmpl.VMPL2, 0)).rax());
    assertEquals(
        Abi.RMP_FAIL_INPUT(), execute(validator, RMPADJUST, 3L << 30, 0, rdx(Vmpl.VMPL2, 0)).rax());
    assertEquals(
        Abi.RMP_FAIL_PERMISSION(), execute(validator, RMPADJUST, KERNEL + 4096, 0, 9).rax());
  }

  @Test
  void otherPortsAndWidths_areNoneOfThese() {
    VcpuExit.Io narrow = Exits.in(Abi.KVMPL_PORT_RMPQUERY(), 1);

    assertEquals(Next.STOP, machine.exit(validator, narrow));
  }

  @Test
  void shortOpcode_isNone() {
    assertEquals(Next.STOP, machine.exit(validator, Exits.emulation(0xf3, 0x0f)));
  }
}
