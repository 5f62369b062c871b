// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

import static dev.kvmpl.script.ScriptedMachine.ANOTHER;
import static dev.kvmpl.script.ScriptedMachine.KERNEL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.vmsa;
import dev.kvmpl.drivers.Association.Announced;
import dev.kvmpl.drivers.Association.Held;
import dev.kvmpl.drivers.Association.Left;
import dev.kvmpl.drivers.Association.Taken;
import dev.kvmpl.drivers.Association.Vacant;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A driver gets a vCPU and gives it back: every way to do so, and every wrong one. */
class LifeOfADriverTest {
  private ScriptedMachine machine = ScriptedMachine.with().processors(3).build().launch();
  private LevelVcpu kernel = machine.kernel();

  @AfterEach
  void close() {
    machine.close();
  }

  private Association of(LevelVcpu vcpu) {
    return machine.drivers().of(vcpu);
  }

  private void assertMalformed() {
    assertEquals(Abi.GHCB_RESULT_MALFORMED(), machine.ghcb(kernel).exitInfo1());
  }

  private void ask(int type, Vmpl vmpl, int apicId, long vmsaGpa) {
    machine.event(
        kernel, Abi.GHCB_NAE_SNP_AP_CREATION(), Exits.request(type, vmpl, apicId), vmsaGpa);
  }

  @Test
  void driverInTheKernelsPlace_startsAfterVmpl0_andTheKernelComesBack() {
    kernel.cpu().registers().rip(0x4444);
    machine.create(1, Vmpl.VMPL1, 0);
    assertInstanceOf(Announced.class, of(kernel));
    assertEquals(Abi.KVMPL_REQUEST_ASSOCIATE(), machine.kind(0));
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertInstanceOf(Held.class, of(kernel));
    assertEquals(1, machine.drivers().driverOf(kernel));
    assertEquals(0x901000, kernel.cpu().registers().rip());
    assertEquals(0x202, kernel.cpu().registers().rflags());

    machine.giveBack(kernel);
    assertInstanceOf(Left.class, of(kernel));
    assertEquals(1, machine.drivers().granteeAt(Vmpl.VMPL1));
    assertEquals(Abi.KVMPL_REQUEST_DISSOCIATE(), machine.kind(0));
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertInstanceOf(Vacant.class, of(kernel));
    assertEquals(0x4444, kernel.cpu().registers().rip());
    assertEquals(1, machine.turn(0));
  }

  @Test
  void driverThatVmpl0WillNotHave_doesNotStart() {
    machine.create(1, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.KVMPL_ERR_NO_PERMISSION());

    assertInstanceOf(Vacant.class, of(kernel));
    assertMalformed();
    assertEquals(1, machine.turn(0));
  }

  @Test
  void driverElsewhereThatVmpl0WillNotHave_leavesTheProcessorIdle() {
    machine.create(2, Vmpl.VMPL2, 1);
    machine.answer(1, Abi.KVMPL_ERR_NO_PERMISSION());

    assertEquals(-1, machine.turn(1));
    assertEquals(Next.TAKE_TURNS, machine.exit(kernel, new VcpuExit.Halt())); // it was told
  }

  @Test
  void kernelWithoutItsPage_goesOn() {
    machine.create(1, Vmpl.VMPL1, 0);
    machine
        .permissions()
        .rmp()
        .update(page(machine.ghcbGpa(kernel)), dev.kvmpl.vmpl.Rmp.Owner.GUEST);
    machine.answer(0, Abi.SVSM_SUCCESS());

    assertInstanceOf(Vacant.class, of(kernel));
    assertEquals(1, machine.turn(0));
  }

  private static dev.kvmpl.memory.PageRange page(long gpa) {
    return new dev.kvmpl.memory.PageRange(gpa, gpa + 4096);
  }

  @Test
  void driverAtAnotherLevel_runsOnThatLevelsVcpu() {
    LevelVcpu vcpu = machine.start(2, Vmpl.VMPL2, 0);

    assertEquals(2, machine.turn(0));
    assertEquals(2, machine.drivers().driverOf(vcpu));
    assertEquals(0, machine.drivers().driverOf(kernel));
  }

  @Test
  void driverOnTwoProcessors_isLeftWhenItHasGivenBackTheSecond() {
    LevelVcpu first = machine.start(2, Vmpl.VMPL2, 1);
    LevelVcpu second = machine.start(2, Vmpl.VMPL2, 2);
    machine.giveBack(first);
    assertInstanceOf(Vacant.class, of(first));
    assertEquals(-1, machine.turn(1));

    machine.giveBack(second);
    assertInstanceOf(Left.class, of(second));
    machine.answer(2, Abi.SVSM_SUCCESS());

    assertEquals(-1, machine.turn(2));
    assertEquals(Next.TAKE_TURNS, machine.exit(kernel, new VcpuExit.Halt()));
    assertEquals(Next.TAKE_TURNS, machine.exit(kernel, new VcpuExit.Halt()));
    assertEquals(Next.STOP, machine.exit(kernel, new VcpuExit.Halt()));
  }

  @Test
  void kernelThatWaits_isWokenByTheNextThatGivesBack() {
    LevelVcpu driver = machine.start(2, Vmpl.VMPL2, 1);
    assertEquals(Next.TAKE_TURNS, machine.exit(kernel, new VcpuExit.Halt()));
    assertEquals(-1, machine.turn(0));

    machine.giveBack(driver);
    machine.answer(1, Abi.SVSM_SUCCESS());

    assertEquals(1, machine.turn(0));
  }

  @Test
  void vcpuThatTheKernelTakes_isGivenBackAtItsNextExit() {
    LevelVcpu driver = machine.start(2, Vmpl.VMPL2, 1);
    ask(Abi.GHCB_AP_DESTROY(), Vmpl.VMPL2, 1, 0);
    assertInstanceOf(Taken.class, of(driver));
    assertEquals(2, machine.drivers().driverOf(driver));
    machine.cpu(driver).parts.add(Exits.store(KERNEL, 8, 1));

    machine.exit(driver, new VcpuExit.Interrupted());

    assertInstanceOf(Left.class, of(driver));
    machine.answer(1, Abi.SVSM_SUCCESS());
    assertInstanceOf(Vacant.class, of(driver));
  }

  @Test
  void vcpuThatIsTakenWhileVmpl0Decides_isGivenBackWithTheAnswer() {
    LevelVcpu driver = machine.start(2, Vmpl.VMPL2, 1);
    machine.exit(driver, Exits.store(KERNEL + 16, 8, 1));
    ask(Abi.GHCB_AP_DESTROY(), Vmpl.VMPL2, 1, 0);
    machine.answer(1, Abi.KVMPL_ERR_RESTRICTED());

    assertInstanceOf(Left.class, of(driver));
    assertEquals(Abi.KVMPL_REQUEST_DISSOCIATE(), machine.kind(1));
  }

  @Test
  void vcpuOfADriverOnTwo_thatIsTaken_isVacantAtOnce() {
    LevelVcpu first = machine.start(2, Vmpl.VMPL2, 1);
    machine.start(2, Vmpl.VMPL2, 2);
    ask(Abi.GHCB_AP_DESTROY(), Vmpl.VMPL2, 1, 0);
    machine.exit(first, new VcpuExit.Interrupted());

    assertInstanceOf(Vacant.class, of(first));
    assertEquals(2, machine.drivers().driverAt(Vmpl.VMPL2));
  }

  @Test
  void vmpl0ThatDoesNotClose_endsTheMachine() {
    machine.start(1, Vmpl.VMPL1, 0);
    machine.giveBack(kernel);
    assertEquals(Next.STOP, machine.answer(0, Abi.KVMPL_ERR_MAP_FULL()));

    assertTrue(machine.failure().contains("has not closed what driver 1"), machine.failure());
  }

  @Test
  void vmpl0ThatSaysThatItHasClosed_isNotBelieved() {
    machine.start(1, Vmpl.VMPL1, 0);
    machine.exit(kernel, Exits.store(KERNEL, 8, 1));
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
    machine.giveBack(kernel);
    assertEquals(Next.STOP, machine.answer(0, Abi.SVSM_SUCCESS()));

    assertTrue(machine.failure().contains("VMPL0 has not closed"), machine.failure());
  }

  @Test
  void nextDriverOfALevel_isNotGivenWhatTheOneBeforeWasGranted() {
    LevelVcpu first = machine.start(1, Vmpl.VMPL1, 0);
    machine.giveBack(first);
    machine.grant(KERNEL, Vmpl.VMPL1, 0); // to a driver that VMPL0 has not closed yet
    machine.close(KERNEL, Vmpl.VMPL1, 0);
    machine.answer(0, Abi.SVSM_SUCCESS());
    machine.create(ANOTHER, Vmpl.VMPL1, 0);
    machine.grant(KERNEL, Vmpl.VMPL1, 0);
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));
    assertEquals(ANOTHER, machine.drivers().driverOf(kernel));
    machine.close(KERNEL, Vmpl.VMPL1, 0);
    machine.giveBack(kernel);
    assertEquals(Next.TAKE_TURNS, machine.answer(0, Abi.SVSM_SUCCESS()));
  }

  @Test
  void levelsOfTwoDrivers_areNotMixedUp() {
    machine.start(2, Vmpl.VMPL2, 1);
    machine.create(1, Vmpl.VMPL2, 2); // recognised by where it starts
    assertMalformed();
    machine.create(2, Vmpl.VMPL2, 1);
    assertMalformed();
    machine.create(3, Vmpl.VMPL3, 1);
    assertMalformed();
  }

  @Test
  void init_startsWhatWaitsForIt() {
    ask(Abi.GHCB_AP_CREATE_ON_INIT(), Vmpl.VMPL3, 2, machine.vmsa(3, Vmpl.VMPL3, 0));
    assertEquals(Abi.GHCB_RESULT_OK(), machine.ghcb(kernel).exitInfo1());
    assertEquals(-1, machine.turn(2));
    init(1);
    assertMalformed();

    init(2);
    assertEquals(0, machine.turn(2));
    machine.answer(2, Abi.SVSM_SUCCESS());
    assertEquals(3, machine.turn(2));
    init(2);
    assertMalformed();
  }

  @Test
  void initWhileTheProcessorIsBusy_startsNothing_andItWaitsOn() {
    ask(Abi.GHCB_AP_CREATE_ON_INIT(), Vmpl.VMPL3, 2, machine.vmsa(3, Vmpl.VMPL3, 0));
    LevelVcpu busy = machine.start(2, Vmpl.VMPL2, 2);
    init(2);
    assertMalformed();
    machine.giveBack(busy);
    machine.answer(2, Abi.SVSM_SUCCESS());

    init(2);
    assertEquals(Abi.GHCB_RESULT_OK(), machine.ghcb(kernel).exitInfo1());
  }

  private void init(long apicId) {
    machine.event(
        kernel,
        Abi.GHCB_NAE_HV_IPI(),
        Abi.APIC_ICR_DELIVERY_INIT() | apicId << Abi.APIC_ICR_DESTINATION_SHIFT(),
        0);
  }

  @Test
  void nobodyElseMaySendInit_orAskForVcpus() {
    ask(Abi.GHCB_AP_CREATE_ON_INIT(), Vmpl.VMPL3, 2, machine.vmsa(3, Vmpl.VMPL3, 0));
    machine.start(1, Vmpl.VMPL1, 0);
    init(2);
    assertMalformed();
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL3, 2, machine.vmsa(3, Vmpl.VMPL3, 0));
    assertMalformed();
    LevelVcpu other = machine.vcpu(Vmpl.VMPL2, 1);
    machine.register(other);
    machine.giveBack(other);
    assertEquals(Abi.GHCB_RESULT_MALFORMED(), machine.ghcb(other).exitInfo1());
  }

  @ParameterizedTest
  @EnumSource(
      value = Vmpl.class,
      names = {"VMPL1", "VMPL2"})
  void hostedDriver_isOnlyInTheKernelsPlace(Vmpl vmpl) {
    ask(Abi.GHCB_AP_CREATE(), vmpl, 0, machine.vmsa(1, vmpl, 3));
    if (vmpl != Vmpl.VMPL1) {
      assertMalformed();
      return;
    }
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertTrue(machine.cpu(kernel).calls.contains("enterLongMode"));
    machine.memory().write(0x280000, new byte[] {0x0f, 0x0b});
    kernel.cpu().registers().rip(0x280000);
    assertEquals(Next.RESUME, machine.exit(kernel, Exits.emulation(0x0f, 0x0b)));
    assertEquals("exception 6", machine.cpu(kernel).delivered.getLast());
    machine.giveBack(kernel);
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertTrue(machine.cpu(kernel).calls.contains("restore"));
  }

  @Test
  void wrongPages_areMalformed() {
    long good = machine.vmsa(1, Vmpl.VMPL1, 0);
    for (long gpa : new long[] {good + 8, 0, 2 << 20, 1L << 40, ScriptedMachine.HIDDEN}) {
      ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, gpa);
      assertMalformed();
    }
    machine.memory().putLong(good + vmsa.rip$offset(), 0x1234);
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, good);
    assertMalformed();
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, machine.vmsa(1, Vmpl.VMPL2, 0));
    assertMalformed();
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, machine.vmsa(1, Vmpl.VMPL1, 1));
    assertMalformed();
    long cr3 = machine.vmsa(1, Vmpl.VMPL1, 3);
    machine.memory().putLong(cr3 + vmsa.cr3$offset(), 0x8008);
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, cr3);
    assertMalformed();
    machine.memory().putLong(cr3 + vmsa.cr3$offset(), ScriptedMachine.HIDDEN);
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, cr3);
    assertMalformed();
  }

  @Test
  void wrongRequests_areMalformed() {
    long page = machine.vmsa(1, Vmpl.VMPL1, 0);
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL0, 0, page);
    assertMalformed();
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 3, page);
    assertMalformed();
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 1, page); // VMPL1 is on the first alone
    assertMalformed();
    ask(77, Vmpl.VMPL1, 0, page);
    assertMalformed();
    ask(Abi.GHCB_AP_DESTROY(), Vmpl.VMPL2, 1, 0);
    assertMalformed();
    ask(Abi.GHCB_AP_CREATE_ON_INIT(), Vmpl.VMPL1, 0, page);
    assertMalformed();
    machine.event(kernel, Abi.GHCB_NAE_SNP_AP_CREATION(), 1 | 5L << Abi.GHCB_AP_VMPL_SHIFT(), page);
    assertMalformed();
  }

  @Test
  void whatADriverHasArranged_endsWithIt() {
    LevelVcpu driver = machine.start(2, Vmpl.VMPL2, 1);
    machine.cpu(driver).acceptsInterrupt = false;
    machine.event(driver, Abi.GHCB_NAE_HV_IPI(), Abi.APIC_ICR_SHORTHAND_SELF() | 40, 0);
    assertFalse(driver.ghcb().pending().isEmpty());
    machine.giveBack(driver);
    machine.answer(1, Abi.SVSM_SUCCESS());

    assertTrue(driver.ghcb().pending().isEmpty());
    assertEquals(null, driver.usableGhcb(machine.permissions().rmp()));
    assertTrue(machine.cpu(driver).calls.contains("dropEvents"));
  }

  @Test
  void msrsAreTheKernelsWhileItHostsADriver() {
    machine.close();
    machine = ScriptedMachine.with().asksForRegisters().build().launch();
    kernel = machine.kernel();
    ask(Abi.GHCB_AP_CREATE(), Vmpl.VMPL1, 0, machine.vmsa(1, Vmpl.VMPL1, 3));
    machine.answer(0, Abi.SVSM_SUCCESS());
    assertTrue(machine.servedMsrs(Vmpl.VMPL1) > 0);
    assertEquals(Next.RESUME, machine.exit(kernel, Exits.readMsr(0x1b)));
    machine.giveBack(kernel);
    machine.answer(0, Abi.SVSM_SUCCESS());

    machine.start(ANOTHER, Vmpl.VMPL1, 0);
    assertEquals(0, machine.servedMsrs(Vmpl.VMPL1));
  }
}
