// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A vCPU that makes no exit is looked at; time is the test's. */
class WatchdogTest {
  private static final byte[] SGDT_RAX = {0x0f, 0x01, 0x00};
  private static final byte[] JUMP_TO_ITSELF = {(byte) 0xeb, (byte) 0xfe};
  private static final long CODE = 0x280000;

  private final ScriptedMachine machine = ScriptedMachine.running();
  private final LevelVcpu driver = machine.start(1, Vmpl.VMPL1, 0);

  @BeforeEach
  void at() {
    machine.memory().write(CODE, SGDT_RAX);
    driver.cpu().registers().rip(CODE);
    driver.cpu().registers().rax(KERNEL + 16);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private Next look() {
    machine.dispatcher().watch();
    return machine.exit(driver, new VcpuExit.Interrupted());
  }

  private void lookThreeTimes() {
    look(); // the first period has had an exit
    assertEquals(Next.RESUME, look());
    assertEquals(Next.RESUME, look());
    look();
  }

  @Test
  void storeThatKvmRetriesForEver_isAnAttempt() {
    lookThreeTimes();

    assertEquals(KERNEL + 16, machine.askedFor(0));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());
    assertEquals(List.of("exception 13 " + Abi.KVMPL_GP_REFUSED()), machine.cpu(driver).delivered);
    assertEquals(1, machine.turn(0));
  }

  @Test
  void allowedOne_isExecutedByTheCpu() {
    lookThreeTimes();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertEquals(List.of(), machine.cpu(driver).delivered);
    assertEquals(CODE, driver.cpu().registers().rip());
  }

  @Test
  void oneAcrossTwoClosedPages_isAskedForInBoth() {
    driver.cpu().registers().rax(KERNEL + 4090);
    lookThreeTimes();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertEquals(KERNEL + 4096, machine.askedFor(0));
    machine.grant(KERNEL + 4096, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(2, machine.recorder.operations().size());
  }

  @Test
  void refusedOneThatBeginsInAnOpenPage_endsTheMachine() {
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    driver.cpu().registers().rax(KERNEL + 4090);
    lookThreeTimes();
    assertEquals(Next.STOP, machine.answer(0, Abi.KVMPL_ERR_RESTRICTED()));

    assertTrue(
        machine.failure().contains("what it stores in an open page may be in memory"),
        machine.failure());
  }

  @Test
  void exitBetween_startsAnew() {
    look();
    look();
    look();
    machine.exit(driver, Exits.ghcb(Abi.GHCB_MSR_SEV_INFO_REQUEST()));
    look();

    assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(0));
  }

  @Test
  void loop_isNoStore_andTheMessageSaysWhereItIs() {
    machine.memory().write(CODE, JUMP_TO_ITSELF);
    lookThreeTimes();
    look();

    assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(0));
    assertTrue(
        machine.dispatcher().stalled().contains("makes no progress at rip 0x280000"),
        machine.dispatcher().stalled());
  }

  @Test
  void storeToWhereItMay_isNone() {
    driver.cpu().registers().rax(0x280100);
    lookThreeTimes();

    assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(0));
  }

  @Test
  void outsideOf64BitMode_nothingIsDecoded() {
    machine.cpu(driver).is64Bit = false;
    lookThreeTimes();

    assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(0));
  }

  @Test
  void unmappedAddress_isThePagesFault() {
    driver.cpu().registers().rax(5L << 30);
    lookThreeTimes();

    assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(0));
  }

  @Test
  void idleProcessor_isNotLookedAt() {
    machine.processors().get(0).run(null);
    machine.dispatcher().watch();

    assertEquals("", machine.dispatcher().stalled());
  }
}
