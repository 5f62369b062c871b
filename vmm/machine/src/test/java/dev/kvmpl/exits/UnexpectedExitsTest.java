// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Exits after which nothing can go on: the machine ends, and the message says which and where. */
class UnexpectedExitsTest {
  private final ScriptedMachine machine = ScriptedMachine.running();
  private final LevelVcpu kernel = machine.kernel();
  private final LevelVcpu validator = machine.vcpu(Vmpl.VMPL0, 0);

  @AfterEach
  void close() {
    machine.close();
  }

  static Stream<Arguments> exits() {
    return Stream.of(
        Arguments.of(new VcpuExit.Halt(), "KVM_EXIT_HLT on vcpu0-vmpl1"),
        Arguments.of(new VcpuExit.Shutdown(), "(triple fault)"),
        Arguments.of(new OptInExit.BusLock(), "KVM_EXIT_X86_BUS_LOCK"),
        Arguments.of(Exits.memoryFault(), "KVM_EXIT_MEMORY_FAULT"),
        Arguments.of(Exits.failEntry(0x21), "(hardware reason 0x21)"),
        Arguments.of(Exits.unsupported(99), "(exit reason 99)"),
        Arguments.of(Exits.in(0x60, 1), "(in, port 0x60, 1 bytes)"),
        Arguments.of(Exits.out(0x60, 2, 5), "(out, port 0x60, 2 bytes)"),
        Arguments.of(Exits.emulation(0x0f, 0x0b), "suberror 1"));
  }

  @ParameterizedTest
  @MethodSource("exits")
  void exit_endsTheMachine(VcpuExit exit, String what) {
    assertEquals(Next.STOP, machine.exit(kernel, exit));
    assertTrue(machine.failure().contains(what), machine.failure());
    assertTrue(machine.failure().contains("; at rip "), machine.failure());
  }

  static Stream<Arguments> validators() {
    return Stream.of(
        Arguments.of(Exits.store(ScriptedMachine.KERNEL, 8, 1), "(write of 8 bytes at gpa"),
        Arguments.of(Exits.load(ScriptedMachine.KERNEL, 4), "(read of 4 bytes at gpa"),
        Arguments.of(Exits.emulation(0x90), "KVM cannot emulate"),
        Arguments.of(Exits.delivery(ScriptedMachine.KERNEL, true), "DELIVERY_EV"));
  }

  @ParameterizedTest
  @MethodSource("validators")
  void nothingOfVmpl0_isCaught(VcpuExit exit, String what) {
    machine.cpu(validator).deliversEvent = true;

    assertEquals(Next.STOP, machine.exit(validator, exit));
    assertTrue(machine.failure().contains(what), machine.failure());
  }

  @Test
  void eventDeliveryToNoMemory_endsTheMachine() {
    machine.cpu(kernel).deliversEvent = true;

    machine.exit(kernel, Exits.delivery(1L << 40, true));

    assertTrue(machine.failure().contains("DELIVERY_EV"), machine.failure());
  }

  @Test
  void msrsThatKvmDoesNotServe_areRefused() {
    assertEquals(Next.RESUME, machine.exit(kernel, Exits.readMsr(0x1b)));
    assertEquals(Next.RESUME, machine.exit(kernel, Exits.writeMsr(0x1b, 1)));
  }

  @Test
  void systemCallThatFails_isTheMachinesEnd_withItsMessage() {
    machine.dispatcher().crashed(kernel, new SyscallException("KVM_RUN", "", 14));

    assertTrue(machine.failure().contains("KVM_RUN"), machine.failure());
    assertTrue(machine.failure().contains(Errno.name(14)), machine.failure());
  }

  @Test
  void anythingElse_isABug_andTheFirstEndCounts() {
    machine.dispatcher().crashed(kernel, new IllegalStateException("why"));
    machine.dispatcher().crashed(validator, new IllegalStateException("later"));

    assertTrue(machine.failure().contains("please report it"), machine.failure());
    assertTrue(machine.failure().contains("why"), machine.failure());
  }

  @Test
  void placeThatIsNotInMemory_isSaid() {
    long page = machine.cpu(kernel).registers().rip() & -4096;
    machine.cpu(kernel).map(page, GuestCpu.UNMAPPED);

    machine.exit(kernel, new VcpuExit.Shutdown());

    assertTrue(machine.failure().contains("(not in memory)"), machine.failure());
  }
}
