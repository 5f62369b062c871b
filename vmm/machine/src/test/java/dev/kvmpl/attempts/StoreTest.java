// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.script.ScriptedMachineBuilder;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A driver's store to kernel memory, from its exit to its end. */
class StoreTest {
  private static final long DATA = 0x1122334455667788L;

  private ScriptedMachine machine = ScriptedMachine.running();

  @AfterEach
  void close() {
    machine.close();
  }

  private void replace(ScriptedMachineBuilder builder) {
    machine.close();
    machine = builder.build().launch();
  }

  private LevelVcpu driver() {
    return machine.start(1, Vmpl.VMPL1, 0);
  }

  @Test
  void allowedStore_isDoneOnce_andTheDriverRuns() {
    LevelVcpu driver = driver();

    assertEquals(Next.TAKE_TURNS, machine.exit(driver, Exits.store(KERNEL + 8, 8, DATA)));
    assertEquals(0, machine.turn(0));
    assertEquals(KERNEL + 8, machine.askedFor(0));
    assertEquals(0, machine.memory().getLong(KERNEL + 8));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertEquals(1, machine.turn(0));
    assertEquals(DATA, machine.memory().getLong(KERNEL + 8));
    assertEquals(
        List.of(new Operation(1, Access.WRITE, KERNEL + 8, 8, DATA, Verdict.ALLOWED, 0)),
        machine.recorder.operations());
    assertEquals(
        List.of(Step.ASSOCIATE, Step.EXIT1, Step.LAUNCH, Step.GRANT, Step.RELAUNCH),
        machine.recorder.steps().stream().map(step -> step.step()).toList());
  }

  @Test
  void refusedStore_isNotDone_andTheDriverHearsWhy() {
    LevelVcpu driver = driver();
    machine.exit(driver, Exits.store(KERNEL + 16, 4, 1));
    machine.answer(0, Abi.KVMPL_ERR_RESTRICTED());

    assertEquals(0, machine.memory().getInt(KERNEL + 16));
    assertEquals(Verdict.RESTRICTED.code(), machine.refusal(driver));
    assertEquals(1, machine.turn(0));
  }

  @Test
  void storeThatIsAllowedAndNotGranted_isNotDone() {
    machine.exit(driver(), Exits.store(KERNEL, 4, 1));
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(0, machine.memory().getInt(KERNEL));
    assertEquals(Verdict.NOT_GRANTED, machine.recorder.operations().getFirst().verdict());
  }

  @Test
  void storeInTwoParts_isJudgedTwice_andDoneWhole() {
    LevelVcpu driver = driver();
    machine.cpu(driver).parts.add(Exits.store(KERNEL + 4096, 4, 2));
    machine.exit(driver, Exits.store(KERNEL + 4092, 4, 1));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertEquals(0, machine.turn(0));
    assertEquals(0, machine.memory().getInt(KERNEL + 4092));
    assertEquals(KERNEL + 4096, machine.askedFor(0));
    machine.grant(KERNEL + 4096, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(0x200000001L, machine.memory().getLong(KERNEL + 4092));
    assertEquals(2, machine.recorder.operations().size());
  }

  @Test
  void storeInTwoParts_ofWhichTheSecondIsRefused_isNotDone() {
    LevelVcpu driver = driver();
    machine.cpu(driver).parts.add(Exits.store(KERNEL + 4096, 4, 2));
    machine.exit(driver, Exits.store(KERNEL + 4092, 4, 1));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
    machine.answer(0, Abi.KVMPL_ERR_OWNED_BY_OTHER());

    assertEquals(0, machine.memory().getLong(KERNEL + 4092));
  }

  @Test
  void storeOfMorePartsThanKvmTellsOf_endsTheMachine() {
    LevelVcpu driver = driver();
    for (int i = 1; i <= 8; i++) {
      machine.cpu(driver).parts.add(Exits.store(KERNEL + 8L * i, 8, 1));
    }

    machine.exit(driver, Exits.store(KERNEL, 8, 1));

    assertTrue(machine.failure().contains("more parts than KVM can tell of"), machine.failure());
  }

  @Test
  void refusedStoreAtAPagesEnd_ofWhichNobodyCanTellIfItIsAPart_endsTheMachine() {
    LevelVcpu driver = driver();
    machine.exit(driver, Exits.store(KERNEL, 4, 1));
    assertEquals(Next.STOP, machine.answer(0, Abi.KVMPL_ERR_RESTRICTED()));
    assertTrue(machine.failure().contains("across a page's end"), machine.failure());
  }

  @Test
  void kernelsOwnStore_isNobodys_andJudgedToo() {
    machine.exit(machine.kernel(), Exits.store(KERNEL, 4, 1));
    machine.answer(0, Abi.KVMPL_ERR_NO_DRIVER());

    assertEquals(0, machine.recorder.operations().getFirst().driver());
  }

  @Test
  void tables_areReported_ifVmpl0HasToSeeThem() {
    replace(ScriptedMachine.with().reportsTables());
    LevelVcpu driver = driver();
    machine.cpu(driver).pageTables = 0x8000;
    machine.exit(driver, Exits.store(KERNEL, 4, 1));

    long page = dev.kvmpl.protocol.MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(0);
    assertEquals(
        0x8000, machine.memory().getLong(page + dev.kvmpl.bindings.abi.kvmpl_request.cr3$offset()));
  }

  @Test
  void reflectedStore_isTheKernelsToAskFor() {
    replace(ScriptedMachine.with().detection(Detection.REFLECT));
    LevelVcpu driver = driver();
    machine.exit(driver, Exits.store(KERNEL, 4, 7));
    assertEquals(1, machine.turn(0));
    assertEquals(List.of("interrupt " + Abi.KVMPL_VECTOR_REFLECT()), machine.cpu(driver).delivered);
    assertEquals(Verdict.NOT_DETECTED.code(), machine.refusal(driver));

    machine.exit(driver, Exits.runVmpl(0));
    assertEquals(Abi.SVSM_SUCCESS(), machine.refusal(driver));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertEquals(7, machine.memory().getInt(KERNEL));
  }

  @Test
  void reflectedStoreThatNobodyAsksFor_isDropped() {
    replace(ScriptedMachine.with().detection(Detection.REFLECT));
    LevelVcpu driver = driver();
    machine.exit(driver, Exits.store(KERNEL, 4, 7));
    machine.exit(driver, new VcpuExit.Interrupted());
    machine.exit(driver, Exits.ghcb(Abi.GHCB_MSR_SEV_INFO_REQUEST()));

    assertEquals(0, machine.memory().getInt(KERNEL));
    assertEquals(Verdict.NOT_DETECTED, machine.recorder.operations().getFirst().verdict());
  }

  @Test
  void storeThatCannotBeReflected_isRefused() {
    replace(ScriptedMachine.with().detection(Detection.REFLECT));
    LevelVcpu driver = driver();
    machine.cpu(driver).acceptsInterrupt = false;
    machine.exit(driver, Exits.store(KERNEL, 4, 7));

    assertEquals(Verdict.NOT_DETECTED, machine.recorder.operations().getFirst().verdict());
    assertEquals(List.of(), machine.cpu(driver).delivered);
  }

  @Test
  void storeOfAnotherProcessorMeanwhile_whoseInstructionNobodyKnows_endsTheMachine() {
    replace(ScriptedMachine.with().processors(2));
    LevelVcpu driver = machine.start(2, Vmpl.VMPL2, 1);
    driver.entersAt(machine.dispatcher().now());
    machine.exit(driver, Exits.store(KERNEL, 4, 1));
    machine.grant(KERNEL, Vmpl.VMPL2, 1);
    machine.memory().putInt(KERNEL, 5);
    assertEquals(Next.STOP, machine.answer(1, Abi.SVSM_SUCCESS()));

    assertTrue(machine.failure().contains("another processor has changed"), machine.failure());
  }
}
