// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.vmpl.Vmpl;
import java.lang.foreign.MemorySegment;

/** Exits as KVM would report them, each in a run area of its own. */
public final class Exits {
  private static final int DATA_AT = 4096;
  private static final long INTERNAL = kvm_run.internal$offset();

  private Exits() {}

  /** A request to run a level. */
  public static VcpuExit runVmpl(int level) {
    return ghcb((long) level << Abi.GHCB_MSR_RUN_VMPL_SHIFT() | Abi.GHCB_MSR_RUN_VMPL_REQUEST());
  }

  private static MemorySegment run() {
    return MemorySegment.ofArray(new long[2 * DATA_AT / Long.BYTES]);
  }

  /** A store that no slot, or only a read-only one, allows. */
  public static VcpuExit.Mmio store(long gpa, int length, long data) {
    return mmio(gpa, length, data, true);
  }

  /** A load from where there is no slot. */
  public static VcpuExit.Mmio load(long gpa, int length) {
    return mmio(gpa, length, 0, false);
  }

  private static VcpuExit.Mmio mmio(long gpa, int length, long data, boolean write) {
    MemorySegment run = run();
    long at = kvm_run.mmio$offset();
    run.set(JAVA_LONG, at + kvm_run.mmio.phys_addr$offset(), gpa);
    run.set(JAVA_INT, at + kvm_run.mmio.len$offset(), length);
    run.set(JAVA_LONG, at + kvm_run.mmio.data$offset(), data);
    run.set(JAVA_BYTE, at + kvm_run.mmio.is_write$offset(), (byte) (write ? 1 : 0));
    return new VcpuExit.Mmio(run);
  }

  /** A write of the GHCB MSR. */
  public static VcpuExit.WriteMsr ghcb(long value) {
    return writeMsr(GhcbMsr.INDEX, value);
  }

  /** A write of an MSR that KVM does not serve. */
  public static VcpuExit.WriteMsr writeMsr(int index, long value) {
    return new VcpuExit.WriteMsr(msr(index, value));
  }

  /** A read of an MSR that KVM does not serve. */
  public static VcpuExit.ReadMsr readMsr(int index) {
    return new VcpuExit.ReadMsr(msr(index, 0));
  }

  private static MemorySegment msr(int index, long value) {
    MemorySegment run = run();
    long at = kvm_run.msr$offset();
    run.set(JAVA_INT, at + kvm_run.msr.index$offset(), index);
    run.set(JAVA_LONG, at + kvm_run.msr.data$offset(), value);
    return run;
  }

  /** An {@code in} of one element. */
  public static VcpuExit.Io in(int port, int size) {
    return io(port, size, 0, Kvm.KVM_EXIT_IO_IN());
  }

  /** An {@code out} of one element. */
  public static VcpuExit.Io out(int port, int size, int data) {
    return io(port, size, data, Kvm.KVM_EXIT_IO_OUT());
  }

  private static VcpuExit.Io io(int port, int size, int data, int direction) {
    MemorySegment run = run();
    long at = kvm_run.io$offset();
    run.set(JAVA_BYTE, at + kvm_run.io.direction$offset(), (byte) direction);
    run.set(JAVA_BYTE, at + kvm_run.io.size$offset(), (byte) size);
    run.set(java.lang.foreign.ValueLayout.JAVA_SHORT, at + kvm_run.io.port$offset(), (short) port);
    run.set(JAVA_INT, at + kvm_run.io.count$offset(), 1);
    run.set(JAVA_LONG, at + kvm_run.io.data_offset$offset(), (long) DATA_AT);
    run.set(JAVA_INT, DATA_AT, data);
    return new VcpuExit.Io(run);
  }

  /** KVM cannot emulate the instruction that starts with these bytes. */
  public static VcpuExit.KvmInternalError emulation(int... instruction) {
    MemorySegment run = run();
    long at = kvm_run.emulation_failure$offset();
    run.set(
        JAVA_INT,
        at + kvm_run.emulation_failure.suberror$offset(),
        Kvm.KVM_INTERNAL_ERROR_EMULATION());
    run.set(JAVA_INT, at + kvm_run.emulation_failure.ndata$offset(), 3);
    run.set(
        JAVA_LONG,
        at + kvm_run.emulation_failure.flags$offset(),
        Kvm.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES());
    run.set(
        JAVA_BYTE, at + kvm_run.emulation_failure.insn_size$offset(), (byte) instruction.length);
    for (int i = 0; i < instruction.length; i++) {
      run.set(
          JAVA_BYTE, at + kvm_run.emulation_failure.insn_bytes$offset() + i, (byte) instruction[i]);
    }
    return new VcpuExit.KvmInternalError(run);
  }

  /** An access in the midst of an event's delivery. */
  public static VcpuExit.KvmInternalError delivery(long gpa, boolean write) {
    MemorySegment run = run();
    run.set(
        JAVA_INT,
        INTERNAL + kvm_run.internal.suberror$offset(),
        Kvm.KVM_INTERNAL_ERROR_DELIVERY_EV());
    run.set(JAVA_INT, INTERNAL + kvm_run.internal.ndata$offset(), 5);
    long data = INTERNAL + kvm_run.internal.data$offset();
    run.set(JAVA_LONG, data + 2 * Long.BYTES, write ? 2L : 0L);
    run.set(JAVA_LONG, data + 3 * Long.BYTES, gpa);
    return new VcpuExit.KvmInternalError(run);
  }

  /** KVM_RUN answers -1 with EFAULT. */
  public static VcpuExit.MemoryFault memoryFault() {
    return new VcpuExit.MemoryFault(run());
  }

  /** The processor refuses to enter the guest. */
  public static VcpuExit.FailEntry failEntry(long reason) {
    MemorySegment run = run();
    run.set(
        JAVA_LONG,
        kvm_run.fail_entry$offset() + kvm_run.fail_entry.hardware_entry_failure_reason$offset(),
        reason);
    return new VcpuExit.FailEntry(run);
  }

  /** An exit reason that nobody knows. */
  public static VcpuExit.Unsupported unsupported(int reason) {
    MemorySegment run = run();
    kvm_run.exit_reason(run, reason);
    return new VcpuExit.Unsupported(run);
  }

  /** The first operand of a vCPU request. */
  public static long request(int type, Vmpl vmpl, int apicId) {
    return type
        | (long) vmpl.number() << Abi.GHCB_AP_VMPL_SHIFT()
        | (long) apicId << Abi.GHCB_AP_APIC_SHIFT();
  }
}
