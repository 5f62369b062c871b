// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a guest asks by its GHCB MSR and page, and what it gets. */
class GuestRequestsTest {
  private final ScriptedMachine machine = ScriptedMachine.running();
  private final LevelVcpu kernel = machine.kernel();

  @AfterEach
  void close() {
    machine.close();
  }

  private long answer(LevelVcpu vcpu, long request) {
    assertEquals(Next.RESUME, machine.exit(vcpu, Exits.ghcb(request)));
    VcpuExit.ReadMsr read = Exits.readMsr(GhcbMsr.INDEX);
    machine.exit(vcpu, read);
    return vcpu.ghcb().msrAnswer();
  }

  private void assertMalformed(int error) {
    assertEquals(Abi.GHCB_RESULT_MALFORMED(), machine.ghcb(kernel).exitInfo1());
    assertEquals(error, machine.ghcb(kernel).exitInfo2());
  }

  @Test
  void informationAndFeatures_areAnswered() {
    assertEquals(GhcbMsr.sevInfoAnswer(), answer(kernel, Abi.GHCB_MSR_SEV_INFO_REQUEST()));
    assertEquals(GhcbMsr.featuresAnswer(), answer(kernel, Abi.GHCB_MSR_HV_FEATURES_REQUEST()));
  }

  @Test
  void unknownRequest_isReadBack() {
    assertEquals(0x5123, answer(kernel, 0x5123));
  }

  @Test
  void pageThatTheLevelMayNotWrite_isNotRegistered() {
    long refused = answer(kernel, ScriptedMachine.KERNEL | Abi.GHCB_MSR_REGISTER_GPA_REQUEST());

    assertEquals(GhcbMsr.registerAnswer(ScriptedMachine.KERNEL, false), refused);
  }

  @Test
  void eventInAnotherPage_endsTheMachine() {
    assertEquals(Next.STOP, machine.exit(kernel, Exits.ghcb(ScriptedMachine.KERNEL)));
    assertTrue(machine.failure().contains("has not registered"), machine.failure());
  }

  @Test
  void features_areAnsweredByAnEventToo() {
    machine.event(kernel, Abi.GHCB_NAE_HV_FEATURES(), 0, 0);

    assertEquals(GhcbMsr.features(), machine.ghcb(kernel).exitInfo2());
  }

  @Test
  void unknownEvent_isMalformed() {
    machine.event(kernel, 0x12345, 0, 0);

    assertMalformed(Abi.GHCB_ERROR_INVALID_EVENT());
  }

  @Test
  void eventOfAnotherUsage_isMalformed() {
    machine.fill(kernel, Abi.GHCB_NAE_HV_FEATURES(), 0, 0);
    machine
        .memory()
        .putInt(machine.ghcbGpa(kernel) + dev.kvmpl.bindings.abi.ghcb.usage$offset(), 1);
    machine.exit(kernel, Exits.ghcb(machine.ghcbGpa(kernel)));

    assertMalformed(Abi.GHCB_ERROR_INVALID_USAGE());
  }

  @Test
  void interruptToItself_arrives() {
    machine.event(kernel, Abi.GHCB_NAE_HV_IPI(), Abi.APIC_ICR_SHORTHAND_SELF() | 40, 0);

    assertEquals(java.util.List.of("interrupt 40"), machine.cpu(kernel).delivered);
  }

  @Test
  void interruptThatCannotBeTaken_waitsForTheWindow_theHighestFirst() {
    machine.cpu(kernel).acceptsInterrupt = false;
    machine.event(kernel, Abi.GHCB_NAE_HV_IPI(), Abi.APIC_ICR_SHORTHAND_SELF() | 40, 0);
    machine.event(kernel, Abi.GHCB_NAE_HV_IPI(), Abi.APIC_ICR_SHORTHAND_SELF() | 50, 0);
    machine.event(kernel, Abi.GHCB_NAE_HV_IPI(), Abi.APIC_ICR_SHORTHAND_SELF() | 40, 0);
    assertTrue(machine.cpu(kernel).windowRequested);
    assertEquals(java.util.List.of(), machine.cpu(kernel).delivered);

    machine.cpu(kernel).acceptsInterrupt = true;
    machine.exit(kernel, new VcpuExit.InterruptWindow());
    machine.exit(kernel, new VcpuExit.InterruptWindow());
    machine.exit(kernel, new VcpuExit.InterruptWindow());

    assertEquals(java.util.List.of("interrupt 50", "interrupt 40"), machine.cpu(kernel).delivered);
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 0x1000040L, 0x4500})
  void interruptOfAnotherKind_isMalformed(long icr) {
    machine.event(kernel, Abi.GHCB_NAE_HV_IPI(), icr, 0);

    assertMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 200})
  void kernelCannotRunOtherLevels(int level) {
    long refused =
        answer(
            kernel,
            (long) level << Abi.GHCB_MSR_RUN_VMPL_SHIFT() | Abi.GHCB_MSR_RUN_VMPL_REQUEST());

    assertEquals(GhcbMsr.runVmplAnswer(false), refused);
    machine.event(kernel, Abi.GHCB_NAE_SNP_RUN_VMPL(), level, 0);
    assertMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
  }

  @Test
  void kernelCanRunItself() {
    assertEquals(GhcbMsr.runVmplAnswer(true), answer(kernel, 1L << 32 | 0x16));
    assertEquals(Next.RESUME, machine.event(kernel, Abi.GHCB_NAE_SNP_RUN_VMPL(), 1, 0));
  }

  @Test
  void validatorThatWasAskedNothing_canOnlyStartTheKernel() {
    LevelVcpu validator = machine.vcpu(Vmpl.VMPL0, 0);
    machine.exit(validator, Exits.runVmpl(2));
    assertEquals(GhcbMsr.runVmplAnswer(false), validator.ghcb().msrAnswer());

    assertEquals(Next.TAKE_TURNS, machine.exit(validator, Exits.runVmpl(1)));
    assertEquals(1, machine.turn(0));
  }

  private static long terminate(int set, int reason) {
    return (long) set << Abi.GHCB_MSR_TERMINATE_SET_SHIFT()
        | (long) reason << Abi.GHCB_MSR_TERMINATE_REASON_SHIFT()
        | Abi.GHCB_MSR_TERMINATE_REQUEST();
  }

  @Test
  void kernelThatIsDone_completesTheMachine() {
    long done = terminate(Abi.KVMPL_TERMINATE_SET(), Abi.KVMPL_TERMINATE_FINISHED());

    assertEquals(Next.STOP, machine.exit(kernel, Exits.ghcb(done)));
    assertEquals("", machine.failure());
    assertEquals(Next.STOP, machine.exit(kernel, new VcpuExit.Halt()));
  }

  @Test
  void driverThatIsDone_endsItself() {
    machine.start(1, Vmpl.VMPL1, 0);
    long done = terminate(Abi.KVMPL_TERMINATE_SET(), Abi.KVMPL_TERMINATE_FINISHED());

    assertEquals(Next.TAKE_TURNS, machine.exit(kernel, Exits.ghcb(done)));
    assertEquals(Abi.KVMPL_REQUEST_DISSOCIATE(), machine.kind(0));
  }

  @Test
  void driverElsewhereThatSaysSoOfTheMachine_isNotTheKernel() {
    LevelVcpu other = machine.vcpu(Vmpl.VMPL2, 0);
    long done = terminate(Abi.KVMPL_TERMINATE_SET(), Abi.KVMPL_TERMINATE_FINISHED());

    machine.exit(other, Exits.ghcb(done));

    assertTrue(machine.failure().contains("terminated, reason set"), machine.failure());
  }

  @Test
  void panic_isNamed() {
    machine.start(1, Vmpl.VMPL1, 0);
    long panic = terminate(Abi.KVMPL_TERMINATE_SET(), Abi.KVMPL_TERMINATE_PANIC());

    assertEquals(Next.STOP, machine.exit(kernel, Exits.ghcb(panic)));
    assertTrue(machine.failure().contains("panicked"), machine.failure());
    assertTrue(machine.failure().contains("driver 1's"), machine.failure());
  }

  @Test
  void foreignReason_endsTheMachine() {
    machine.exit(kernel, Exits.ghcb(terminate(0, 1)));

    assertTrue(machine.failure().contains("reason set 0, reason 1"), machine.failure());
  }
}
