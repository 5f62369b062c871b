// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.ghcb;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.script.ScriptedMachineBuilder;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The guest kernel asks about a store that it has taken a page fault for. */
class CrossingCallTest {
  private static final long SECOND = KERNEL + 4096;
  private static final long FRAME = 0x270000;
  private static final long CODE = 0x280000;
  private static final byte[] MOV_TO_RAX = {0x48, (byte) 0x89, 0x18}; // mov %rbx, (%rax)
  private static final byte[] ADD_TO_RAX = {0x48, 0x01, 0x18}; // add %rbx, (%rax)

  private static final byte[] MOVUPS_TO_RAX = {0x0f, 0x11, 0x00}; // movups %xmm0, (%rax)
  private static final byte[] SCATTER = {
    0x62, (byte) 0xf2, 0x7d, 0x49, (byte) 0xa0, 0x04, 0x00 // vpscatterdd %zmm0, (%rax,%zmm0)
  };

  private ScriptedMachine machine = machine(false);
  private LevelVcpu driver = machine.start(1, Vmpl.VMPL1, 0);

  private static ScriptedMachine machine(boolean emulated) {
    ScriptedMachineBuilder builder = ScriptedMachine.with().detection(Detection.FAULT);
    return (emulated ? builder.emulated() : builder).build().launch();
  }

  private void byEmulator() {
    machine.close();
    machine = machine(true);
    driver = machine.start(1, Vmpl.VMPL1, 0);
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private void frame(int index, long value) {
    machine.memory().putLong(FRAME + (long) index * Long.BYTES, value);
  }

  /** The driver's instruction is at CODE, with RAX and RBX. */
  private void ask(byte[] instruction, long rax, long rbx, long fault, long frame) {
    machine.memory().write(CODE, instruction);
    frame(14, rax);
    frame(11, rbx);
    frame(17, CODE);
    machine.fill(driver, Abi.GHCB_NAE_SNP_RUN_VMPL(), 0, 0);
    long page = machine.ghcbGpa(driver);
    long validate =
        (long) Abi.KVMPL_PROTOCOL() << Abi.SVSM_PROTOCOL_SHIFT() | Abi.KVMPL_CALL_VALIDATE();
    machine.memory().putLong(page + ghcb.rax$offset(), validate);
    machine.memory().putLong(page + ghcb.rcx$offset(), fault);
    machine.memory().putLong(page + ghcb.rdx$offset(), Access.WRITE.number());
    machine.memory().putLong(page + ghcb.r8$offset(), 1);
    machine.memory().putLong(page + ghcb.r9$offset(), frame);
    machine.exit(driver, Exits.ghcb(page));
  }

  private Next answer(int result) {
    return machine.serve(0, result);
  }

  private long answeredPage() {
    return machine.memory().getLong(machine.ghcbGpa(driver) + ghcb.r9$offset());
  }

  @Test
  void storeAcrossAPagesEnd_isAskedForInBothPages() {
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND - 4, FRAME);
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    answer(Abi.SVSM_SUCCESS());
    assertEquals(0, machine.turn(0));
    assertEquals(SECOND, machine.askedFor(0));
    machine.grant(SECOND, Vmpl.VMPL1, 0);
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertEquals(1, machine.turn(0));
    assertEquals(SECOND, answeredPage());
    assertEquals(2, machine.recorder.operations().size());
  }

  @Test
  void secondPageThatIsAllowedAndNotGranted_isRefused() {
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND - 4, FRAME);
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    answer(Abi.SVSM_SUCCESS());
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(Verdict.NOT_GRANTED.code(), machine.refusal(driver));
    assertEquals(0, answeredPage());
  }

  @Test
  void refusedFirstPage_isTheEndOfIt() {
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND - 4, FRAME);
    answer(Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(1, machine.turn(0));
    assertEquals(1, machine.recorder.operations().size());
  }

  @Test
  void secondPageThatIsOpen_isNotAskedFor() {
    machine.grant(SECOND, Vmpl.VMPL1, 0);
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND - 4, FRAME);
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    answer(Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
  }

  @Test
  void storeInOnePage_orWithoutAFrame_isOneQuestion() {
    ask(MOV_TO_RAX, KERNEL + 8, 7, KERNEL + 8, FRAME);
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    answer(Abi.SVSM_SUCCESS());
    assertEquals(1, machine.turn(0));

    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND - 4, 0);
    answer(Abi.SVSM_SUCCESS());
    assertEquals(1, machine.turn(0));
  }

  @Test
  void frameThatTheLevelMayNotRead_isNone() {
    ask(new byte[] {(byte) 0x90}, SECOND - 4, 7, SECOND - 4, ScriptedMachine.HIDDEN);
    answer(Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
  }

  @Test
  void refusedStore_whosePartTheEmulatorHasStored_endsTheMachine() {
    byEmulator();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.memory().putInt(SECOND - 4, 7);
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND, FRAME);
    assertEquals(Next.STOP, answer(Abi.KVMPL_ERR_RESTRICTED()));

    assertTrue(machine.failure().contains("was refused when its part"), machine.failure());
  }

  @Test
  void refusedStore_whosePartIsNotThere_isWholeAndNotDone() {
    byEmulator();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND, FRAME);

    assertEquals(Next.TAKE_TURNS, answer(Abi.KVMPL_ERR_RESTRICTED()));
  }

  @Test
  void allowedReadModifyWrite_whosePartIsThere_cannotBeDoneTwice() {
    byEmulator();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    ask(ADD_TO_RAX, SECOND - 4, 7, SECOND, FRAME);
    machine.grant(SECOND, Vmpl.VMPL1, 0);
    assertEquals(Next.STOP, answer(Abi.SVSM_SUCCESS()));

    assertTrue(machine.failure().contains("cannot be executed twice"), machine.failure());
  }

  @Test
  void refusedStoreOfAHostedDriver_isTheCpus_andWhole() {
    byEmulator();
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.memory().putInt(SECOND - 4, 7);
    frame(18, 0x33); // CS
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND, FRAME);

    assertEquals(Next.TAKE_TURNS, answer(Abi.KVMPL_ERR_RESTRICTED()));
  }

  @Test
  void refusedStoreInSteps_whoseFirstPageIsOpen_endsTheMachine() {
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    ask(MOVUPS_TO_RAX, SECOND - 4, 0, SECOND, FRAME);
    assertEquals(Next.STOP, answer(Abi.KVMPL_ERR_RESTRICTED()));

    assertTrue(machine.failure().contains("movups of 16 bytes"), machine.failure());
  }

  @Test
  void storeToManyAddresses_isOneQuestion() {
    ask(SCATTER, SECOND - 4, 7, SECOND - 4, FRAME);
    answer(Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
  }

  @Test
  void frameWhereNothingIsMapped_isNone() {
    machine.cpu(driver).map(FRAME, GuestCpu.UNMAPPED);
    ask(MOV_TO_RAX, SECOND - 4, 7, SECOND - 4, FRAME);
    answer(Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
  }
}
