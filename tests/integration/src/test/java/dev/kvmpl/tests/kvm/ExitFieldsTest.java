// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_AP_RESET_HOLD;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_DEBUG;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_DIRTY_RING_FULL;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_FAIL_ENTRY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_HLT;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_HYPERCALL;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_HYPERV;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_IO;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_IOAPIC_EOI;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_IO_OUT;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_IRQ_WINDOW_OPEN;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_MEMORY_FAULT;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_MMIO;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_NOTIFY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_SET_TPR;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_SHUTDOWN;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_SYSTEM_EVENT;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_TPR_ACCESS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_X86_BUS_LOCK;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_X86_WRMSR;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_EXIT_XEN;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEMORY_EXIT_FLAG_PRIVATE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_EXIT_REASON_FILTER;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.kvm.kvm_debug_exit_arch;
import dev.kvmpl.bindings.kvm.kvm_hyperv_exit;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.bindings.kvm.kvm_xen_exit;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.exit.VcpuExits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Exits with their fields, from run areas as KVM leaves them. */
class ExitFieldsTest {
  private final MemorySegment run = kvm_run.allocate(Arena.ofAuto());
  private final VcpuExits exits = new VcpuExits(run);

  private <E extends OptInExit> E exit(int reason, Class<E> type) {
    kvm_run.exit_reason(run, reason);
    VcpuExit exit = exits.decode();
    assertSame(exit, exits.decode(), "the same object every time");
    return assertInstanceOf(type, exit);
  }

  @Test
  void debug_hasExceptionAddressAndRegisters() {
    MemorySegment arch = kvm_run.debug.arch(kvm_run.debug(run));
    kvm_debug_exit_arch.exception(arch, 1);
    kvm_debug_exit_arch.pc(arch, 0x8003);
    kvm_debug_exit_arch.dr6(arch, 0xffff0ff4L);
    kvm_debug_exit_arch.dr7(arch, 0x420);

    OptInExit.Debug exit = exit(KVM_EXIT_DEBUG(), OptInExit.Debug.class);

    assertEquals("DEBUG exception=1 pc=0x8003 dr6=0xffff0ff4 dr7=0x420", exit.toString());
    assertEquals(2, exit.breakpoint());
    assertFalse(exit.isSingleStep());
    kvm_debug_exit_arch.dr6(arch, 0xffff4ff0L);
    assertTrue(exit.isSingleStep());
    assertEquals(OptInExit.Debug.NONE, exit.breakpoint());
    kvm_debug_exit_arch.exception(arch, 3);
    assertTrue(exit.isSoftwareBreakpoint());
    assertFalse(exit.isSingleStep());
  }

  @Test
  void hypercall_hasNumberAndArguments_andTakesAnAnswer() {
    MemorySegment hypercall = kvm_run.hypercall(run);
    kvm_run.hypercall.nr(hypercall, 12);
    kvm_run.hypercall.args(hypercall, 0, 0x1000);
    kvm_run.hypercall.args(hypercall, 3, 4);
    kvm_run.hypercall.flags(hypercall, 1);

    OptInExit.Hypercall exit = exit(KVM_EXIT_HYPERCALL(), OptInExit.Hypercall.class);
    exit.answer(-5);

    assertEquals("HYPERCALL 12(0x1000, 0x0, 0x0, 0x4) long", exit.toString());
    assertEquals(-5, kvm_run.hypercall.ret(hypercall));
    assertThrows(IndexOutOfBoundsException.class, () -> exit.argument(6));
  }

  @Test
  void tpr_hasItsValue_orWhoAccessedIt() {
    kvm_run.cr8(run, 7);
    kvm_run.tpr_access.rip(kvm_run.tpr_access(run), 0x9000);
    kvm_run.tpr_access.is_write(kvm_run.tpr_access(run), 1);

    assertEquals("SET_TPR cr8=7", exit(KVM_EXIT_SET_TPR(), OptInExit.SetTpr.class).toString());
    assertEquals(
        "TPR_ACCESS write rip=0x9000",
        exit(KVM_EXIT_TPR_ACCESS(), OptInExit.TprAccess.class).toString());
  }

  @Test
  void systemEvent_hasItsWords_andNoMoreThanThereIsRoomFor() {
    MemorySegment event = kvm_run.system_event(run);
    kvm_run.system_event.type(event, 3);
    kvm_run.system_event.ndata(event, 2);
    kvm_run.system_event.data(event, 1, 9);

    OptInExit.SystemEvent exit = exit(KVM_EXIT_SYSTEM_EVENT(), OptInExit.SystemEvent.class);

    assertEquals("SYSTEM_EVENT type=3 data=[0, 9]", exit.toString());
    kvm_run.system_event.ndata(event, 1000);
    assertEquals(16, exit.dataCount());
  }

  @Test
  void endOfInterrupt_hasItsVector() {
    kvm_run.eoi.vector(kvm_run.eoi(run), (byte) 0xef);

    assertEquals(
        "IOAPIC_EOI vector=239", exit(KVM_EXIT_IOAPIC_EOI(), OptInExit.IoapicEoi.class).toString());
  }

  @Test
  void callsOfOtherHypervisorsGuests_haveTheirFields() {
    MemorySegment hyperv = kvm_run.hyperv(run);
    kvm_hyperv_exit.type(hyperv, 2);
    OptInExit.Hyperv call = exit(KVM_EXIT_HYPERV(), OptInExit.Hyperv.class);
    assertEquals("HYPERV type=2", call.toString());
    call.answer(6);
    MemorySegment result = kvm_hyperv_exit.u.hcall(kvm_hyperv_exit.u(call.struct()));
    assertEquals(6, kvm_hyperv_exit.u.hcall.result(result));

    run.fill((byte) 0);
    MemorySegment xen = kvm_xen_exit.u.hcall(kvm_xen_exit.u(kvm_run.xen(run)));
    kvm_xen_exit.type(kvm_run.xen(run), 1);
    kvm_xen_exit.u.hcall.input(xen, 17);
    kvm_xen_exit.u.hcall.cpl(xen, 3);
    kvm_xen_exit.u.hcall.params(xen, 5, 55);
    OptInExit.Xen hypercall = exit(KVM_EXIT_XEN(), OptInExit.Xen.class);
    assertEquals("XEN type=1 call=17 cpl=3", hypercall.toString());
    assertEquals(55, hypercall.parameter(5));
    assertFalse(hypercall.isLongMode());
    hypercall.answer(8);
    assertEquals(8, kvm_xen_exit.u.hcall.result(xen));
  }

  @Test
  void notification_saysWhetherTheStateIsDamaged() {
    OptInExit.Notify exit = exit(KVM_EXIT_NOTIFY(), OptInExit.Notify.class);

    assertEquals("NOTIFY", exit.toString());
    kvm_run.notify.flags(kvm_run.notify(run), 1);
    assertEquals("NOTIFY, context invalid", exit.toString());
  }

  @Test
  void exitsThatSayNothingMore_areTheirNames() {
    assertEquals(
        "DIRTY_RING_FULL",
        exit(KVM_EXIT_DIRTY_RING_FULL(), OptInExit.DirtyRingFull.class).toString());
    assertEquals(
        "AP_RESET_HOLD", exit(KVM_EXIT_AP_RESET_HOLD(), OptInExit.ApResetHold.class).toString());
    assertEquals("X86_BUS_LOCK", exit(KVM_EXIT_X86_BUS_LOCK(), OptInExit.BusLock.class).toString());
  }

  @Test
  void memoryFault_isKnown_whereKvmTellsOfIt() {
    VcpuExit.MemoryFault fault = (VcpuExit.MemoryFault) exits.memoryFault();
    MemorySegment memory = kvm_run.memory_fault(run);
    kvm_run.memory_fault.gpa(memory, 0x5000);
    kvm_run.memory_fault.size(memory, 0x1000);
    kvm_run.memory_fault.flags(memory, KVM_MEMORY_EXIT_FLAG_PRIVATE());

    kvm_run.exit_reason(run, 6); // of an exit before
    assertFalse(fault.isKnown());
    assertEquals(0, fault.gpa());
    assertEquals("MEMORY_FAULT", fault.toString());

    kvm_run.exit_reason(run, KVM_EXIT_MEMORY_FAULT());
    assertTrue(fault.isPrivate());
    assertEquals("MEMORY_FAULT gpa=0x5000 size=0x1000 flags=0x8", fault.toString());
  }

  @Test
  void exitThatNobodyKnows_hasItsNumber() {
    kvm_run.exit_reason(run, 0);
    kvm_run.hw.hardware_exit_reason(kvm_run.hw(run), 0x402);
    assertEquals("UNKNOWN hardware reason=0x402", exits.decode().toString());

    for (int reason : new int[] {-1, 12345}) {
      kvm_run.exit_reason(run, reason);
      VcpuExit.Unsupported exit = assertInstanceOf(VcpuExit.Unsupported.class, exits.decode());
      assertEquals("EXIT_" + reason, exit.toString());
    }
  }

  @Test
  void commonExits_sayWhatTheyAre() {
    MemorySegment mmio = kvm_run.mmio(run);
    kvm_run.mmio.phys_addr(mmio, 0x100000);
    kvm_run.mmio.len(mmio, 2);
    kvm_run.mmio.is_write(mmio, (byte) 1);
    kvm_run.mmio.data(mmio, 0, (byte) 0x34);
    kvm_run.mmio.data(mmio, 1, (byte) 0x12);
    kvm_run.mmio.data(mmio, 2, (byte) 0xff); // stale
    assertEquals("MMIO write gpa=0x100000 2: 0x1234", decoded(KVM_EXIT_MMIO()));
    kvm_run.mmio.is_write(mmio, (byte) 0);
    assertEquals("MMIO read gpa=0x100000 2", decoded(KVM_EXIT_MMIO()));

    run.fill((byte) 0);
    MemorySegment io = kvm_run.io(run);
    kvm_run.io.port(io, (short) 0x3f8);
    kvm_run.io.size(io, (byte) 1);
    kvm_run.io.count(io, 1);
    kvm_run.io.data_offset(io, 512);
    assertEquals("IO in port=0x3f8 1*1", decoded(KVM_EXIT_IO()));
    kvm_run.io.direction(io, (byte) KVM_EXIT_IO_OUT());
    assertEquals("IO out port=0x3f8 1*1: 0x0", decoded(KVM_EXIT_IO()));

    run.fill((byte) 0);
    kvm_run.fail_entry.hardware_entry_failure_reason(kvm_run.fail_entry(run), 0x80000021L);
    kvm_run.fail_entry.cpu(kvm_run.fail_entry(run), 1);
    assertEquals("FAIL_ENTRY reason=0x80000021 cpu=1", decoded(KVM_EXIT_FAIL_ENTRY()));

    kvm_run.msr.index(kvm_run.msr(run), 0xc0010130);
    kvm_run.msr.data(kvm_run.msr(run), 5);
    kvm_run.msr.reason(kvm_run.msr(run), KVM_MSR_EXIT_REASON_FILTER());
    assertEquals("X86_WRMSR 0xc0010130: 0x5 reason=0x4", decoded(KVM_EXIT_X86_WRMSR()));
    assertEquals("HLT", decoded(KVM_EXIT_HLT()));
    assertEquals("SHUTDOWN", decoded(KVM_EXIT_SHUTDOWN()));
    assertEquals("IRQ_WINDOW_OPEN", decoded(KVM_EXIT_IRQ_WINDOW_OPEN()));
    assertEquals("INTR", exits.interrupted().toString());
  }

  private String decoded(int reason) {
    kvm_run.exit_reason(run, reason);
    return exits.decode().toString();
  }
}
