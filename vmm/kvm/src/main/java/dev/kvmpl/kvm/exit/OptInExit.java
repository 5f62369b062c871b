// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_debug_exit_arch;
import dev.kvmpl.bindings.kvm.kvm_hyperv_exit;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.bindings.kvm.kvm_xen_exit;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * An exit that comes only where it was asked for: by a debugger, by a capability that was enabled
 * or by the kind of the VM (api.rst 5).
 */
public sealed interface OptInExit extends VcpuExit {
  /** A breakpoint or a single step of a debugger ({@link dev.kvmpl.kvm.debug.GuestDebug}). */
  final class Debug extends RunView implements OptInExit {
    /** What {@link #breakpoint()} is if it is none of the hardware's. */
    public static final int NONE = -1;

    private static final long ARCH = kvm_run.debug$offset() + kvm_run.debug.arch$offset();
    private static final long EXCEPTION = ARCH + kvm_debug_exit_arch.exception$offset();
    private static final long PC = ARCH + kvm_debug_exit_arch.pc$offset();
    private static final long DR6 = ARCH + kvm_debug_exit_arch.dr6$offset();
    private static final long DR7 = ARCH + kvm_debug_exit_arch.dr7$offset();
    private static final int BREAKPOINT_EXCEPTION = 3;
    private static final long HARDWARE = 0xf;
    private static final long SINGLE_STEP = 1 << 14;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Debug(MemorySegment run) {
      super(run, "DEBUG");
    }

    /** The exception that it is: 1 for #DB, 3 for #BP. */
    public int exception() {
      return run.get(JAVA_INT, EXCEPTION);
    }

    /** The linear address of the instruction: RIP and the base of CS. */
    public long pc() {
      return run.get(JAVA_LONG, PC);
    }

    /** What has happened, as DR6 has it (AMD manual volume 2, 13.1.1.3); counts for #DB. */
    public long dr6() {
      return run.get(JAVA_LONG, DR6);
    }

    public long dr7() {
      return run.get(JAVA_LONG, DR7);
    }

    /** Whether it is an {@code int3}. */
    public boolean isSoftwareBreakpoint() {
      return exception() == BREAKPOINT_EXCEPTION;
    }

    /** Whether an instruction has been stepped over. */
    public boolean isSingleStep() {
      return !isSoftwareBreakpoint() && (dr6() & SINGLE_STEP) != 0;
    }

    /** The hardware's breakpoint with the lowest number, 0 to 3; {@link #NONE} if it is none. */
    public int breakpoint() {
      long hit = isSoftwareBreakpoint() ? 0 : dr6() & HARDWARE;
      return hit == 0 ? NONE : Long.numberOfTrailingZeros(hit);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "DEBUG exception=%d pc=%#x dr6=%#x dr7=%#x",
          exception(),
          pc(),
          dr6(),
          dr7());
    }
  }

  /** A hypercall that KVM hands on, as KVM_CAP_EXIT_HYPERCALL asks. */
  final class Hypercall extends RunView implements OptInExit {
    private static final long UNION = kvm_run.hypercall$offset();
    private static final long NUMBER = UNION + kvm_run.hypercall.nr$offset();
    private static final long ARGUMENTS = UNION + kvm_run.hypercall.args$offset();
    private static final long RESULT = UNION + kvm_run.hypercall.ret$offset();
    private static final long FLAGS = UNION + kvm_run.hypercall.flags$offset();
    private static final int COUNT = 6;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Hypercall(MemorySegment run) {
      super(run, "HYPERCALL");
    }

    public long number() {
      return run.get(JAVA_LONG, NUMBER);
    }

    /**
     * An argument.
     *
     * @param index 0 to 5; a hypercall has four
     */
    public long argument(int index) {
      return run.get(JAVA_LONG, ARGUMENTS + (long) Objects.checkIndex(index, COUNT) * Long.BYTES);
    }

    /** Whether the guest was in 64-bit mode. */
    public boolean isLongMode() {
      return (run.get(JAVA_LONG, FLAGS) & Kvm.KVM_EXIT_HYPERCALL_LONG_MODE()) != 0;
    }

    /** What the guest gets: RAX. */
    public void answer(long value) {
      run.set(JAVA_LONG, RESULT, value);
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "HYPERCALL %d(%#x, %#x, %#x, %#x)%s",
          number(),
          argument(0),
          argument(1),
          argument(2),
          argument(3),
          isLongMode() ? " long" : "");
    }
  }

  /** The guest has changed CR8 where interrupts are not KVM's; {@link #cr8} is the new one. */
  final class SetTpr extends RunView implements OptInExit {

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public SetTpr(MemorySegment run) {
      super(run, "SET_TPR");
    }

    /** The task priority, 0 to 15. */
    public long cr8() {
      return kvm_run.cr8(run);
    }

    @Override
    public String toString() {
      return "SET_TPR cr8=" + cr8();
    }
  }

  /** The guest has accessed the TPR register, as KVM_TPR_ACCESS_REPORTING asks. */
  final class TprAccess extends RunView implements OptInExit {
    private static final long UNION = kvm_run.tpr_access$offset();
    private static final long RIP = UNION + kvm_run.tpr_access.rip$offset();
    private static final long IS_WRITE = UNION + kvm_run.tpr_access.is_write$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public TprAccess(MemorySegment run) {
      super(run, "TPR_ACCESS");
    }

    public long rip() {
      return run.get(JAVA_LONG, RIP);
    }

    public boolean isWrite() {
      return run.get(JAVA_INT, IS_WRITE) != 0;
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "TPR_ACCESS %s rip=%#x", isWrite() ? "write" : "read", rip());
    }
  }

  /** Something that concerns the whole VM, such as a crash that a Hyper-V guest reports. */
  final class SystemEvent extends RunView implements OptInExit {
    private static final long UNION = kvm_run.system_event$offset();
    private static final long TYPE = UNION + kvm_run.system_event.type$offset();
    private static final long COUNT = UNION + kvm_run.system_event.ndata$offset();
    private static final long DATA = UNION + kvm_run.system_event.data$offset();
    private static final int MAX = 16;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public SystemEvent(MemorySegment run) {
      super(run, "SYSTEM_EVENT");
    }

    /** KVM_SYSTEM_EVENT_...: 1 shutdown, 2 reset, 3 crash, 6 SEV's termination. */
    public int type() {
      return run.get(JAVA_INT, TYPE);
    }

    /** How many words of {@link #data} there are, 0 to 16. */
    public int dataCount() {
      return Math.clamp(run.get(JAVA_INT, COUNT), 0, MAX);
    }

    public long data(int index) {
      return run.get(JAVA_LONG, DATA + (long) Objects.checkIndex(index, dataCount()) * Long.BYTES);
    }

    @Override
    public String toString() {
      long[] words = new long[dataCount()];
      Arrays.setAll(words, this::data);
      return "SYSTEM_EVENT type=" + type() + " data=" + Arrays.toString(words);
    }
  }

  /**
   * The end of a level-triggered interrupt, where the I/O APIC is not KVM's
   * (KVM_CAP_SPLIT_IRQCHIP).
   */
  final class IoapicEoi extends RunView implements OptInExit {
    private static final long VECTOR = kvm_run.eoi$offset() + kvm_run.eoi.vector$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public IoapicEoi(MemorySegment run) {
      super(run, "IOAPIC_EOI");
    }

    /** 0 to 255. */
    public int vector() {
      return Byte.toUnsignedInt(run.get(JAVA_BYTE, VECTOR));
    }

    @Override
    public String toString() {
      return "IOAPIC_EOI vector=" + vector();
    }
  }

  /** What a Hyper-V guest wants of its hypervisor (struct kvm_hyperv_exit). */
  final class Hyperv extends RunView implements OptInExit {
    private static final long UNION = kvm_run.hyperv$offset();
    private static final long TYPE = UNION + kvm_hyperv_exit.type$offset();
    private static final long BYTES = kvm_hyperv_exit.sizeof();
    private static final long RESULT =
        UNION
            + kvm_hyperv_exit.u$offset()
            + kvm_hyperv_exit.u.hcall$offset()
            + kvm_hyperv_exit.u.hcall.result$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Hyperv(MemorySegment run) {
      super(run, "HYPERV");
    }

    /** KVM_EXIT_HYPERV_...: 1 SynIC, 2 a hypercall, 3 debugging. */
    public int type() {
      return run.get(JAVA_INT, TYPE);
    }

    /** The struct, for {@link kvm_hyperv_exit}, which has a name for each field. */
    public MemorySegment struct() {
      return run.asSlice(UNION, BYTES);
    }

    /** The result of a hypercall. */
    public void answer(long result) {
      run.set(JAVA_LONG, RESULT, result);
    }

    @Override
    public String toString() {
      return "HYPERV type=" + type();
    }
  }

  /** A hypercall of a Xen guest (struct kvm_xen_exit). */
  final class Xen extends RunView implements OptInExit {
    private static final long UNION = kvm_run.xen$offset();
    private static final long TYPE = UNION + kvm_xen_exit.type$offset();
    private static final long CALL =
        UNION + kvm_xen_exit.u$offset() + kvm_xen_exit.u.hcall$offset();
    private static final long LONG_MODE = CALL + kvm_xen_exit.u.hcall.longmode$offset();
    private static final long CPL = CALL + kvm_xen_exit.u.hcall.cpl$offset();
    private static final long NUMBER = CALL + kvm_xen_exit.u.hcall.input$offset();
    private static final long RESULT = CALL + kvm_xen_exit.u.hcall.result$offset();
    private static final long PARAMETERS = CALL + kvm_xen_exit.u.hcall.params$offset();
    private static final int COUNT = 6;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Xen(MemorySegment run) {
      super(run, "XEN");
    }

    /** KVM_EXIT_XEN_HCALL: 1, a hypercall. */
    public int type() {
      return run.get(JAVA_INT, TYPE);
    }

    public boolean isLongMode() {
      return run.get(JAVA_INT, LONG_MODE) != 0;
    }

    public int cpl() {
      return run.get(JAVA_INT, CPL);
    }

    public long number() {
      return run.get(JAVA_LONG, NUMBER);
    }

    /**
     * A parameter.
     *
     * @param index 0 to 5
     */
    public long parameter(int index) {
      return run.get(JAVA_LONG, PARAMETERS + (long) Objects.checkIndex(index, COUNT) * Long.BYTES);
    }

    /** What the guest gets: RAX. */
    public void answer(long value) {
      run.set(JAVA_LONG, RESULT, value);
    }

    @Override
    public String toString() {
      return String.format(Locale.ROOT, "XEN type=%d call=%d cpl=%d", type(), number(), cpl());
    }
  }

  /** The guest has kept the CPU from events for too long, as KVM_CAP_X86_NOTIFY_VMEXIT asks. */
  final class Notify extends RunView implements OptInExit {
    private static final long FLAGS = kvm_run.notify$offset() + kvm_run.notify.flags$offset();

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Notify(MemorySegment run) {
      super(run, "NOTIFY");
    }

    /** Whether the vCPU's state is damaged (KVM_NOTIFY_CONTEXT_INVALID). */
    public boolean isContextInvalid() {
      return (run.get(JAVA_INT, FLAGS) & Kvm.KVM_NOTIFY_CONTEXT_INVALID()) != 0;
    }

    @Override
    public String toString() {
      return isContextInvalid() ? "NOTIFY, context invalid" : "NOTIFY";
    }
  }

  /** The ring of dirty pages (KVM_CAP_DIRTY_LOG_RING) has no room for more. */
  final class DirtyRingFull extends RunView implements OptInExit {
    public DirtyRingFull() {
      super("DIRTY_RING_FULL");
    }
  }

  /** An SEV-ES guest waits for a SIPI. */
  final class ApResetHold extends RunView implements OptInExit {
    public ApResetHold() {
      super("AP_RESET_HOLD");
    }
  }

  /** The guest has locked the bus, as KVM_CAP_X86_BUS_LOCK_EXIT asks. */
  final class BusLock extends RunView implements OptInExit {
    public BusLock() {
      super("X86_BUS_LOCK");
    }
  }
}
