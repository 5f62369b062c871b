// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * Why a vCPU stopped (api.rst 5). Each is a view of the vCPU's run area: the same object every
 * time, valid until the vCPU runs again, so that an exit costs no allocation. Here are those that
 * come by themselves; {@link OptInExit} are those that somebody has to have asked for.
 */
public sealed interface VcpuExit
    permits VcpuExit.Mmio,
        VcpuExit.Io,
        VcpuExit.ReadMsr,
        VcpuExit.WriteMsr,
        VcpuExit.Halt,
        VcpuExit.InterruptWindow,
        VcpuExit.Shutdown,
        VcpuExit.KvmInternalError,
        VcpuExit.FailEntry,
        VcpuExit.Interrupted,
        VcpuExit.MemoryFault,
        VcpuExit.Unsupported,
        OptInExit {
  /** The exit's name as in KVM_EXIT_..., under which it is counted. */
  String name();

  /**
   * An access to guest-physical memory that no slot, or only a read-only one, allows. A write is
   * already retired: whoever handles it has to store {@link #data}, or it is lost.
   */
  final class Mmio extends RunView implements VcpuExit {
    private static final long UNION = kvm_run.mmio$offset();
    private static final long ADDRESS = UNION + kvm_run.mmio.phys_addr$offset();
    private static final long DATA = UNION + kvm_run.mmio.data$offset();
    private static final long LENGTH = UNION + kvm_run.mmio.len$offset();
    private static final long IS_WRITE = UNION + kvm_run.mmio.is_write$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Mmio(MemorySegment run) {
      super(run, "MMIO");
    }

    /** The first byte's guest-physical address. */
    public long gpa() {
      return run.get(JAVA_LONG, ADDRESS);
    }

    /** Bytes, 1 to 8. */
    public int length() {
      return run.get(JAVA_INT, LENGTH);
    }

    public boolean isWrite() {
      return run.get(JAVA_BYTE, IS_WRITE) != 0;
    }

    /** What is written: {@link #length} bytes, little-endian, zero above. */
    public long data() {
      int length = length();
      // Bytes past the length are stale, from exits before.
      return run.get(JAVA_LONG, DATA) & (length >= Long.BYTES ? -1L : (1L << (length * 8)) - 1);
    }

    /** What a read gets: the low {@link #length} bytes. */
    public void answer(long value) {
      run.set(JAVA_LONG, DATA, value);
    }

    @Override
    public String toString() {
      return isWrite()
          ? String.format(Locale.ROOT, "MMIO write gpa=%#x %d: %#x", gpa(), length(), data())
          : String.format(Locale.ROOT, "MMIO read gpa=%#x %d", gpa(), length());
    }
  }

  /** An {@code in} or {@code out}. */
  final class Io extends RunView implements VcpuExit {
    private static final long UNION = kvm_run.io$offset();
    private static final long DIRECTION = UNION + kvm_run.io.direction$offset();
    private static final long SIZE = UNION + kvm_run.io.size$offset();
    private static final long PORT = UNION + kvm_run.io.port$offset();
    private static final long COUNT = UNION + kvm_run.io.count$offset();
    private static final long DATA_OFFSET = UNION + kvm_run.io.data_offset$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Io(MemorySegment run) {
      super(run, "IO");
    }

    public boolean isIn() {
      return run.get(JAVA_BYTE, DIRECTION) == Kvm.KVM_EXIT_IO_IN();
    }

    public int port() {
      return Short.toUnsignedInt(run.get(JAVA_SHORT, PORT));
    }

    /** Bytes of one element: 1, 2 or 4. */
    public int size() {
      return run.get(JAVA_BYTE, SIZE);
    }

    /** Elements, more than 1 only with REP. */
    public int count() {
      return run.get(JAVA_INT, COUNT);
    }

    /** What an {@code in} of 4 bytes reads. */
    public void answer(int value) {
      answer(0, value);
    }

    /** What element {@code element} of an {@code in} reads: the low {@link #size} bytes. */
    public void answer(int element, int value) {
      long at = at(element);
      for (int i = 0; i < size(); i++) {
        run.set(JAVA_BYTE, at + i, (byte) (value >>> (i * Byte.SIZE)));
      }
    }

    /** What element {@code element} of an {@code out} writes, zero above its {@link #size}. */
    public int data(int element) {
      long at = at(element);
      int value = 0;
      for (int i = 0; i < size(); i++) {
        value |= Byte.toUnsignedInt(run.get(JAVA_BYTE, at + i)) << (i * Byte.SIZE);
      }
      return value;
    }

    private long at(int element) {
      return run.get(JAVA_LONG, DATA_OFFSET) + (long) element * size();
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "IO %s port=%#x %d*%d%s",
          isIn() ? "in" : "out",
          port(),
          count(),
          size(),
          isIn() ? "" : String.format(Locale.ROOT, ": %#x", data(0)));
    }
  }

  /**
   * A {@code rdmsr} of an MSR that the VM's filter does not let pass, or that KVM does not know, as
   * KVM_CAP_X86_USER_SPACE_MSR asks.
   */
  final class ReadMsr extends MsrView implements VcpuExit {

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public ReadMsr(MemorySegment run) {
      super(run, "X86_RDMSR");
    }

    /** What the guest reads. */
    public void answer(long value) {
      run.set(JAVA_LONG, VcpuExits.MSR_DATA, value);
      run.set(JAVA_BYTE, VcpuExits.MSR_ERROR, (byte) 0);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "X86_RDMSR %#x reason=%#x", index(), reason());
    }
  }

  /** A {@code wrmsr}, as {@link ReadMsr}. */
  final class WriteMsr extends MsrView implements VcpuExit {

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public WriteMsr(MemorySegment run) {
      super(run, "X86_WRMSR");
    }

    /** What is written. */
    public long data() {
      return run.get(JAVA_LONG, VcpuExits.MSR_DATA);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "X86_WRMSR %#x: %#x reason=%#x", index(), data(), reason());
    }
  }

  /** A {@code hlt}, where KVM has no interrupt controller to wait for. */
  final class Halt extends RunView implements VcpuExit {
    public Halt() {
      super("HLT");
    }
  }

  /**
   * The guest can take an interrupt now, as {@link dev.kvmpl.kvm.Vcpu#requestInterruptWindow}
   * asked.
   */
  final class InterruptWindow extends RunView implements VcpuExit {
    public InterruptWindow() {
      super("IRQ_WINDOW_OPEN");
    }
  }

  /** A triple fault. The registers say nothing on kvm_amd, which has reset the vCPU by now. */
  final class Shutdown extends RunView implements VcpuExit {
    public Shutdown() {
      super("SHUTDOWN");
    }
  }

  /**
   * KVM cannot go on: most often an instruction that it would have to emulate and cannot. Nothing
   * of what it gave up on has happened.
   */
  final class KvmInternalError extends InternalErrorView implements VcpuExit {
    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public KvmInternalError(MemorySegment run) {
      super(run, "INTERNAL_ERROR");
    }
  }

  /** The hardware refused to enter the guest. */
  final class FailEntry extends RunView implements VcpuExit {
    private static final long REASON =
        kvm_run.fail_entry$offset() + kvm_run.fail_entry.hardware_entry_failure_reason$offset();
    private static final long CPU = kvm_run.fail_entry$offset() + kvm_run.fail_entry.cpu$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public FailEntry(MemorySegment run) {
      super(run, "FAIL_ENTRY");
    }

    /** The hardware's reason: VMX's instruction error or SVM's exit code. */
    public long reason() {
      return run.get(JAVA_LONG, REASON);
    }

    /** The host's CPU that refused. */
    public int cpu() {
      return run.get(JAVA_INT, CPU);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "FAIL_ENTRY reason=%#x cpu=%d", reason(), cpu());
    }
  }

  /**
   * A signal came, or {@link dev.kvmpl.kvm.Vcpu#finish} has finished. Nothing happened in the
   * guest.
   */
  final class Interrupted extends RunView implements VcpuExit {
    public Interrupted() {
      super("INTR");
    }
  }

  /**
   * KVM could not get at the memory behind a slot, or at one whose attributes are not as the guest
   * has it (EFAULT; api.rst 5, KVM_EXIT_MEMORY_FAULT). Registers are as before the access.
   */
  final class MemoryFault extends RunView implements VcpuExit {
    private static final long UNION = kvm_run.memory_fault$offset();
    private static final long FLAGS = UNION + kvm_run.memory_fault.flags$offset();
    private static final long GPA = UNION + kvm_run.memory_fault.gpa$offset();
    private static final long SIZE = UNION + kvm_run.memory_fault.size$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public MemoryFault(MemorySegment run) {
      super(run, "MEMORY_FAULT");
    }

    /**
     * Whether KVM tells what was accessed (KVM_CAP_MEMORY_FAULT_INFO). It does for private memory;
     * for a host mapping without the permission it does not, and the rest here says nothing.
     */
    public boolean isKnown() {
      return kvm_run.exit_reason(run) == Kvm.KVM_EXIT_MEMORY_FAULT();
    }

    /** KVM_MEMORY_EXIT_FLAG_...; 0 if it is not known. */
    public long flags() {
      return isKnown() ? run.get(JAVA_LONG, FLAGS) : 0;
    }

    /** Whether the guest wants it private (KVM_MEMORY_EXIT_FLAG_PRIVATE). */
    public boolean isPrivate() {
      return (flags() & Kvm.KVM_MEMORY_EXIT_FLAG_PRIVATE()) != 0;
    }

    /** The first byte's guest-physical address; 0 if it is not known. */
    public long gpa() {
      return isKnown() ? run.get(JAVA_LONG, GPA) : 0;
    }

    /** Bytes; 0 if it is not known. */
    public long size() {
      return isKnown() ? run.get(JAVA_LONG, SIZE) : 0;
    }

    @Override
    public String toString() {
      return isKnown()
          ? String.format(
              Locale.ROOT, "MEMORY_FAULT gpa=%#x size=%#x flags=%#x", gpa(), size(), flags())
          : name();
    }
  }

  /**
   * An exit that KVM does not make on x86, or that is newer than this package, by its number in the
   * API document; with UNKNOWN one of the hardware's that KVM does not know.
   */
  final class Unsupported extends RunView implements VcpuExit {
    private static final long HARDWARE =
        kvm_run.hw$offset() + kvm_run.hw.hardware_exit_reason$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Unsupported(MemorySegment run) {
      super(run, "");
    }

    public int reason() {
      return kvm_run.exit_reason(run);
    }

    /** The hardware's number for it, if {@link #reason} is KVM_EXIT_UNKNOWN. */
    public long hardwareReason() {
      return run.get(JAVA_LONG, HARDWARE);
    }

    @Override
    public String name() {
      return ExitNames.of(reason());
    }

    @Override
    public String toString() {
      return reason() == Kvm.KVM_EXIT_UNKNOWN()
          ? String.format(Locale.ROOT, "UNKNOWN hardware reason=%#x", hardwareReason())
          : name();
    }
  }
}
