// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** A vCPU's exits, one object a kind, over its run area. For the thread that runs the vCPU. */
public final class VcpuExits {
  private static final long MSR = kvm_run.msr$offset();
  static final long MSR_ERROR = MSR + kvm_run.msr.error$offset();
  static final long MSR_REASON = MSR + kvm_run.msr.reason$offset();
  static final long MSR_INDEX = MSR + kvm_run.msr.index$offset();
  static final long MSR_DATA = MSR + kvm_run.msr.data$offset();

  private static final int IO = Kvm.KVM_EXIT_IO();
  private static final int HLT = Kvm.KVM_EXIT_HLT();
  private static final int MMIO = Kvm.KVM_EXIT_MMIO();
  private static final int IRQ_WINDOW_OPEN = Kvm.KVM_EXIT_IRQ_WINDOW_OPEN();
  private static final int SHUTDOWN = Kvm.KVM_EXIT_SHUTDOWN();
  private static final int FAIL_ENTRY = Kvm.KVM_EXIT_FAIL_ENTRY();
  private static final int INTERNAL_ERROR = Kvm.KVM_EXIT_INTERNAL_ERROR();
  private static final int X86_RDMSR = Kvm.KVM_EXIT_X86_RDMSR();
  private static final int X86_WRMSR = Kvm.KVM_EXIT_X86_WRMSR();

  private final MemorySegment run;
  private final VcpuExit.Io io;
  private final VcpuExit.Halt halt = new VcpuExit.Halt();
  private final VcpuExit.Mmio mmio;
  private final VcpuExit.InterruptWindow interruptWindow = new VcpuExit.InterruptWindow();
  private final VcpuExit.Shutdown shutdown = new VcpuExit.Shutdown();
  private final VcpuExit.FailEntry failEntry;
  private final VcpuExit.KvmInternalError internalError;
  private final VcpuExit.ReadMsr readMsr;
  private final VcpuExit.WriteMsr writeMsr;
  private final VcpuExit.Interrupted interrupted = new VcpuExit.Interrupted();
  private final VcpuExit.MemoryFault memoryFault;
  private final @Nullable OptInExit[] optIn;
  private final VcpuExit.Unsupported unsupported;

  /**
   * @param run the vCPU's run area (struct kvm_run), or what a test made of one
   */
  public VcpuExits(MemorySegment run) {
    this.run = run;
    io = new VcpuExit.Io(run);
    mmio = new VcpuExit.Mmio(run);
    failEntry = new VcpuExit.FailEntry(run);
    internalError = new VcpuExit.KvmInternalError(run);
    readMsr = new VcpuExit.ReadMsr(run);
    writeMsr = new VcpuExit.WriteMsr(run);
    memoryFault = new VcpuExit.MemoryFault(run);
    optIn = optIn(run);
    unsupported = new VcpuExit.Unsupported(run);
  }

  /** By their numbers; those in between are none. */
  private static @Nullable OptInExit[] optIn(MemorySegment run) {
    OptInExit[] exits = new OptInExit[Kvm.KVM_EXIT_NOTIFY() + 1];
    exits[Kvm.KVM_EXIT_DEBUG()] = new OptInExit.Debug(run);
    exits[Kvm.KVM_EXIT_HYPERCALL()] = new OptInExit.Hypercall(run);
    exits[Kvm.KVM_EXIT_SET_TPR()] = new OptInExit.SetTpr(run);
    exits[Kvm.KVM_EXIT_TPR_ACCESS()] = new OptInExit.TprAccess(run);
    exits[Kvm.KVM_EXIT_SYSTEM_EVENT()] = new OptInExit.SystemEvent(run);
    exits[Kvm.KVM_EXIT_IOAPIC_EOI()] = new OptInExit.IoapicEoi(run);
    exits[Kvm.KVM_EXIT_HYPERV()] = new OptInExit.Hyperv(run);
    exits[Kvm.KVM_EXIT_XEN()] = new OptInExit.Xen(run);
    exits[Kvm.KVM_EXIT_NOTIFY()] = new OptInExit.Notify(run);
    exits[Kvm.KVM_EXIT_DIRTY_RING_FULL()] = new OptInExit.DirtyRingFull();
    exits[Kvm.KVM_EXIT_AP_RESET_HOLD()] = new OptInExit.ApResetHold();
    exits[Kvm.KVM_EXIT_X86_BUS_LOCK()] = new OptInExit.BusLock();
    return exits;
  }

  /** After a KVM_RUN that succeeded. Does not allocate. */
  public VcpuExit decode() {
    int reason = kvm_run.exit_reason(run);
    if (reason == MMIO) {
      return mmio;
    } else if (reason == X86_WRMSR) {
      return writeMsr;
    } else if (reason == X86_RDMSR) {
      return readMsr;
    } else if (reason == IO) {
      return io;
    } else if (reason == IRQ_WINDOW_OPEN) {
      return interruptWindow;
    } else if (reason == HLT) {
      return halt;
    } else if (reason == SHUTDOWN) {
      return shutdown;
    } else if (reason == FAIL_ENTRY) {
      return failEntry;
    } else if (reason == INTERNAL_ERROR) {
      return internalError;
    } else {
      OptInExit asked = reason >= 0 && reason < optIn.length ? optIn[reason] : null;
      return asked != null ? asked : unsupported;
    }
  }

  /** After one that a signal interrupted. */
  public VcpuExit interrupted() {
    return interrupted;
  }

  /** After one that failed with EFAULT. */
  public VcpuExit memoryFault() {
    return memoryFault;
  }
}
