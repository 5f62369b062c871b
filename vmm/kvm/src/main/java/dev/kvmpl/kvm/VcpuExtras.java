// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_mp_state;
import dev.kvmpl.bindings.kvm.kvm_pre_fault_memory;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.bindings.kvm.kvm_tpr_access_ctl;
import dev.kvmpl.bindings.kvm.kvm_x86_mce;
import dev.kvmpl.kvm.cpu.NestedState;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.kvm.io.CoalescedRing;
import dev.kvmpl.kvm.irq.MpState;
import dev.kvmpl.kvm.state.SyncedRegisters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** What is asked of a vCPU more rarely. For the same threads as the {@link Vcpu} itself. */
public final class VcpuExtras {
  private static final int PAGE = 4096;
  private static final int NESTED_MIN = 128; // struct kvm_nested_state without its data

  private final KvmFd fd;
  private final KvmFd vm;
  private final MemorySegment run;
  private final SyncedRegisters synced;

  VcpuExtras(KvmFd fd, KvmFd vm, MemorySegment run, SyncedRegisters synced) {
    this.fd = fd;
    this.vm = vm;
    this.run = run;
    this.synced = synced;
  }

  /** The registers that {@link Vcpu#run} takes and leaves by itself (KVM_CAP_SYNC_REGS). */
  public SyncedRegisters synced() {
    return synced;
  }

  /** What it is doing (KVM_GET_MP_STATE, api.rst 4.38). */
  public MpState mpState() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment state = kvm_mp_state.allocate(scratch);
      check(fd.unsafeIoctl(Kvm.KVM_GET_MP_STATE(), state), "KVM_GET_MP_STATE", "");
      return MpState.of(kvm_mp_state.mp_state(state));
    }
  }

  /** Changes it (KVM_SET_MP_STATE, api.rst 4.39). */
  public void mpState(MpState wanted) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment state = kvm_mp_state.allocate(scratch);
      kvm_mp_state.mp_state(state, wanted.number());
      check(fd.unsafeIoctl(Kvm.KVM_SET_MP_STATE(), state), "KVM_SET_MP_STATE", wanted.name());
    }
  }

  /** Has an NMI delivered (KVM_NMI, api.rst 4.64). */
  public void nmi() {
    check(fd.unsafeIoctl(Kvm.KVM_NMI(), 0), "KVM_NMI", "");
  }

  /** Has a system management interrupt delivered (KVM_SMI, api.rst 4.108; KVM_CAP_X86_SMM). */
  public void smi() {
    check(fd.unsafeIoctl(Kvm.KVM_SMI(), 0), "KVM_SMI", "");
  }

  /**
   * Changes how fast the guest's time-stamp counter counts (KVM_SET_TSC_KHZ, api.rst 4.55).
   *
   * @param khz what the host's counter does not do needs KVM_CAP_TSC_CONTROL
   */
  public void timeStampCounterKhz(long khz) {
    check(fd.unsafeIoctl(Kvm.KVM_SET_TSC_KHZ(), khz), "KVM_SET_TSC_KHZ", Long.toString(khz));
  }

  /** Tells the guest's clock that it was stopped (KVM_KVMCLOCK_CTRL, api.rst 4.69). */
  public void clockStopped() {
    check(fd.unsafeIoctl(Kvm.KVM_KVMCLOCK_CTRL(), 0), "KVM_KVMCLOCK_CTRL", "");
  }

  /** Its state as a hypervisor (KVM_GET_NESTED_STATE, api.rst 4.114; KVM_CAP_NESTED_STATE). */
  public NestedState nestedState() {
    NestedState state =
        new NestedState(Math.max(vm.extension(Kvm.KVM_CAP_NESTED_STATE()), NESTED_MIN));
    check(fd.unsafeIoctl(Kvm.KVM_GET_NESTED_STATE(), state.segment()), "KVM_GET_NESTED_STATE", "");
    return state;
  }

  /** Changes it (KVM_SET_NESTED_STATE, api.rst 4.115). */
  public void nestedState(NestedState state) {
    check(
        fd.unsafeIoctl(Kvm.KVM_SET_NESTED_STATE(), state.segment()),
        "KVM_SET_NESTED_STATE",
        state.toString());
  }

  /** Whether an access to TPR is an exit (KVM_TPR_ACCESS_REPORTING, api.rst 5). */
  public void reportTprAccess(boolean wanted) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment control = kvm_tpr_access_ctl.allocate(scratch);
      kvm_tpr_access_ctl.enabled(control, wanted ? 1 : 0);
      check(
          fd.unsafeIoctl(Kvm.KVM_TPR_ACCESS_REPORTING(), control),
          "KVM_TPR_ACCESS_REPORTING",
          Boolean.toString(wanted));
    }
  }

  /**
   * Has the guest get a machine check (KVM_X86_SET_MCE, api.rst 4.107), once KVM_X86_SETUP_MCE has
   * set it up.
   */
  public void machineCheck(int bank, long status, long address, long misc, long globalStatus) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment mce = kvm_x86_mce.allocate(scratch);
      kvm_x86_mce.bank(mce, (byte) bank);
      kvm_x86_mce.status(mce, status);
      kvm_x86_mce.addr(mce, address);
      kvm_x86_mce.misc(mce, misc);
      kvm_x86_mce.mcg_status(mce, globalStatus);
      check(fd.unsafeIoctl(Kvm.KVM_X86_SET_MCE(), mce), "KVM_X86_SET_MCE", "bank " + bank);
    }
  }

  /**
   * Has memory ready before the guest asks for it (KVM_PRE_FAULT_MEMORY, api.rst 4.143).
   *
   * @param gpa first byte, page-aligned
   * @param length bytes, a multiple of the page size
   * @return how many bytes are left to do
   */
  public long preFault(long gpa, long length) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment range = kvm_pre_fault_memory.allocate(scratch);
      kvm_pre_fault_memory.gpa(range, gpa);
      kvm_pre_fault_memory.size(range, length);
      check(
          fd.unsafeIoctl(Kvm.KVM_PRE_FAULT_MEMORY(), range),
          "KVM_PRE_FAULT_MEMORY",
          String.format(Locale.ROOT, "gpa %#x, %#x bytes", gpa, length));
      return kvm_pre_fault_memory.size(range);
    }
  }

  /** The writes that KVM has collected for the whole VM (KVM_CAP_COALESCED_MMIO). */
  public CoalescedRing coalescedWrites() {
    long offset = (long) vm.extension(Kvm.KVM_CAP_COALESCED_MMIO()) * PAGE;
    return new CoalescedRing(run.asSlice(offset, PAGE));
  }

  /**
   * The whole run area (struct kvm_run), for {@link dev.kvmpl.bindings.kvm.kvm_run}. It is mapped
   * until the vCPU is closed.
   */
  public MemorySegment runArea() {
    return run;
  }

  /** CR8 at the last exit, where the local APIC is not KVM's. */
  public long cr8() {
    return kvm_run.cr8(run);
  }

  /** What CR8 is at the next entry. */
  public void cr8(long value) {
    kvm_run.cr8(run, value);
  }

  /** IA32_APIC_BASE at the last exit, where the local APIC is not KVM's. */
  public long apicBase() {
    return kvm_run.apic_base(run);
  }

  /** KVM_RUN_X86_...: what the vCPU was doing at the last exit. */
  public int flags() {
    return Short.toUnsignedInt(kvm_run.flags(run));
  }

  /** Whether {@link Vcpu#interrupt} can be called now, where no interrupt controller is KVM's. */
  public boolean readyForInterrupt() {
    return kvm_run.ready_for_interrupt_injection(run) != 0;
  }

  /** Whether {@link Vcpu#run} returns before the guest runs (KVM_CAP_IMMEDIATE_EXIT). */
  public void immediateExit(boolean wanted) {
    kvm_run.immediate_exit(run, (byte) (wanted ? 1 : 0));
  }
}
