// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import java.lang.foreign.MemorySegment;

/** A vCPU's exits, one object a kind, over its run area. */
final class VcpuExits {
  private static final long MSR = kvm_run.msr$offset();
  static final long MSR_ERROR = MSR + kvm_run.msr.error$offset();
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
  private final VcpuExit.MemoryFault memoryFault = new VcpuExit.MemoryFault();
  private final VcpuExit.Unsupported unsupported;

  VcpuExits(MemorySegment run) {
    this.run = run;
    io = new VcpuExit.Io(run);
    mmio = new VcpuExit.Mmio(run);
    failEntry = new VcpuExit.FailEntry(run);
    internalError = new VcpuExit.KvmInternalError(run);
    readMsr = new VcpuExit.ReadMsr(run);
    writeMsr = new VcpuExit.WriteMsr(run);
    unsupported = new VcpuExit.Unsupported(run);
  }

  /** After a KVM_RUN that succeeded. */
  VcpuExit decode() {
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
      return unsupported;
    }
  }

  VcpuExit interrupted() {
    return interrupted;
  }

  VcpuExit memoryFault() {
    return memoryFault;
  }
}
