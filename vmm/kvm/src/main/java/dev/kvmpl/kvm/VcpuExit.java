// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import java.lang.foreign.MemorySegment;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Why a vCPU stopped (api.rst 5). Each is a view of the vCPU's run area: the same object every
 * time, valid until the vCPU runs again, so that an exit costs no allocation.
 */
public sealed interface VcpuExit {
  /** The exit's name as in KVM_EXIT_..., under which it is counted. */
  String name();

  /**
   * An access to guest-physical memory that no slot, or only a read-only one, allows. A write is
   * already retired: whoever handles it has to store {@link #data}, or it is lost.
   */
  final class Mmio implements VcpuExit {
    private static final long UNION = kvm_run.mmio$offset();
    private static final long ADDRESS = UNION + kvm_run.mmio.phys_addr$offset();
    private static final long DATA = UNION + kvm_run.mmio.data$offset();
    private static final long LENGTH = UNION + kvm_run.mmio.len$offset();
    private static final long IS_WRITE = UNION + kvm_run.mmio.is_write$offset();

    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Mmio(MemorySegment run) {
      this.run = run;
    }

    @Override
    public String name() {
      return "MMIO";
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
  }

  /** An {@code in} or {@code out}. */
  final class Io implements VcpuExit {
    private static final long UNION = kvm_run.io$offset();
    private static final long DIRECTION = UNION + kvm_run.io.direction$offset();
    private static final long SIZE = UNION + kvm_run.io.size$offset();
    private static final long PORT = UNION + kvm_run.io.port$offset();
    private static final long COUNT = UNION + kvm_run.io.count$offset();
    private static final long DATA_OFFSET = UNION + kvm_run.io.data_offset$offset();

    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Io(MemorySegment run) {
      this.run = run;
    }

    @Override
    public String name() {
      return "IO";
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
  }

  /** A {@code rdmsr} of an MSR that the VM's filter does not let pass. */
  final class ReadMsr implements VcpuExit {
    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public ReadMsr(MemorySegment run) {
      this.run = run;
    }

    @Override
    public String name() {
      return "X86_RDMSR";
    }

    public int index() {
      return run.get(JAVA_INT, VcpuExits.MSR_INDEX);
    }

    /** What the guest reads. */
    public void answer(long value) {
      run.set(JAVA_LONG, VcpuExits.MSR_DATA, value);
      run.set(JAVA_BYTE, VcpuExits.MSR_ERROR, (byte) 0);
    }

    /** The guest gets #GP(0) instead. */
    public void refuse() {
      run.set(JAVA_BYTE, VcpuExits.MSR_ERROR, (byte) 1);
    }
  }

  /** A {@code wrmsr} of an MSR that the VM's filter does not let pass. */
  final class WriteMsr implements VcpuExit {
    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public WriteMsr(MemorySegment run) {
      this.run = run;
    }

    @Override
    public String name() {
      return "X86_WRMSR";
    }

    public int index() {
      return run.get(JAVA_INT, VcpuExits.MSR_INDEX);
    }

    public long data() {
      return run.get(JAVA_LONG, VcpuExits.MSR_DATA);
    }

    /** The guest gets #GP(0). */
    public void refuse() {
      run.set(JAVA_BYTE, VcpuExits.MSR_ERROR, (byte) 1);
    }
  }

  /** A {@code hlt}, where KVM has no interrupt controller to wait for. */
  record Halt() implements VcpuExit {
    @Override
    public String name() {
      return "HLT";
    }
  }

  /** The guest can take an interrupt now, as {@link Vcpu#requestInterruptWindow} asked. */
  record InterruptWindow() implements VcpuExit {
    @Override
    public String name() {
      return "IRQ_WINDOW_OPEN";
    }
  }

  /** A triple fault. The registers say nothing on kvm_amd, which has reset the vCPU by now. */
  record Shutdown() implements VcpuExit {
    @Override
    public String name() {
      return "SHUTDOWN";
    }
  }

  /**
   * KVM cannot go on: most often an instruction that it would have to emulate and cannot. Nothing
   * of what it gave up on has happened.
   */
  final class KvmInternalError implements VcpuExit {
    /** What {@link #gpa} is where KVM does not tell. */
    public static final long UNKNOWN = -1;

    private static final long UNION = kvm_run.internal$offset();
    private static final long SUBERROR = UNION + kvm_run.internal.suberror$offset();
    private static final long DATA = UNION + kvm_run.internal.data$offset();
    private static final long FLAGS = UNION + kvm_run.emulation_failure.flags$offset();
    private static final long SIZE = UNION + kvm_run.emulation_failure.ndata$offset();
    private static final long INSTRUCTION_SIZE =
        UNION + kvm_run.emulation_failure.insn_size$offset();
    private static final long INSTRUCTION = UNION + kvm_run.emulation_failure.insn_bytes$offset();
    private static final int INSTRUCTION_MAX = 15;

    // Of DELIVERY_EV: info or event, hardware's exit reason, how, gpa, CPU. Only where the gpa is
    // there are these five.
    private static final int DELIVERY_WORDS = 5;
    private static final long DELIVERY_HOW = DATA + 2 * Long.BYTES;
    private static final long DELIVERY_GPA = DATA + 3 * Long.BYTES;
    // The same bit in SVM's nested page fault (AMD manual volume 2, 15.25.6) and in VMX's EPT
    // violation (Intel SDM volume 3, 28.2.1).
    private static final long HOW_WRITE = 1 << 1;

    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public KvmInternalError(MemorySegment run) {
      this.run = run;
    }

    @Override
    public String name() {
      return "INTERNAL_ERROR";
    }

    /** KVM_INTERNAL_ERROR_...: 1 is an instruction that KVM cannot emulate. */
    public int suberror() {
      return run.get(JAVA_INT, SUBERROR);
    }

    /** The suberror's name as in KVM_INTERNAL_ERROR_...; UNKNOWN if the API document has none. */
    public String suberrorName() {
      return ExitNames.ofSuberror(suberror());
    }

    /** Whether KVM would have had to emulate an instruction and could not (EMULATION). */
    public boolean isEmulation() {
      return suberror() == Kvm.KVM_INTERNAL_ERROR_EMULATION();
    }

    /**
     * Whether the access was part of an event's delivery (DELIVERY_EV): on the way to the handler
     * of an exception or an interrupt, whose stack or tables no slot allows. {@link
     * Vcpu#deliversEvent} tells whether the event is still under way.
     */
    public boolean isEventDelivery() {
      return suberror() == Kvm.KVM_INTERNAL_ERROR_DELIVERY_EV();
    }

    /**
     * The guest-physical address of the access in an {@link #isEventDelivery event's delivery};
     * {@link #UNKNOWN} where KVM does not tell, as kvm_intel of 6.12 for most.
     */
    public long gpa() {
      return isEventDelivery() && run.get(JAVA_INT, SIZE) >= DELIVERY_WORDS
          ? run.get(JAVA_LONG, DELIVERY_GPA)
          : UNKNOWN;
    }

    /** Whether the access at {@link #gpa} is known to be a write. */
    public boolean isWrite() {
      return gpa() != UNKNOWN && (run.get(JAVA_LONG, DELIVERY_HOW) & HOW_WRITE) != 0;
    }

    /** Whether this is a failed emulation of an instruction that starts with these bytes. */
    public boolean isEmulationOf(byte[] opcode) {
      if (instructionSize() < opcode.length) {
        return false;
      }
      for (int i = 0; i < opcode.length; i++) {
        if (run.get(JAVA_BYTE, INSTRUCTION + i) != opcode[i]) {
          return false;
        }
      }
      return true;
    }

    /** The bytes at RIP as KVM fetched them, in hex; empty if it has none. */
    public String instruction() {
      byte[] bytes = run.asSlice(INSTRUCTION, instructionSize()).toArray(JAVA_BYTE);
      return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    /** The suberror with its name, and what KVM says of it: "suberror 3, DELIVERY_EV: ...". */
    @Override
    public String toString() {
      String more = "";
      if (instructionSize() > 0) {
        more = ": KVM cannot emulate " + instruction();
      } else if (gpa() != UNKNOWN) {
        more =
            String.format(
                Locale.ROOT,
                ": an event's delivery %s gpa %#x",
                isWrite() ? "writes" : "reads",
                gpa());
      }
      return String.format(Locale.ROOT, "suberror %d, %s%s", suberror(), suberrorName(), more);
    }

    private int instructionSize() {
      boolean has =
          isEmulation()
              && run.get(JAVA_INT, SIZE) >= 1
              && (run.get(JAVA_LONG, FLAGS)
                      & Kvm.KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES())
                  != 0;
      return has ? Math.min(run.get(JAVA_BYTE, INSTRUCTION_SIZE), INSTRUCTION_MAX) : 0;
    }
  }

  /** The hardware refused to enter the guest. */
  final class FailEntry implements VcpuExit {
    private static final long REASON =
        kvm_run.fail_entry$offset() + kvm_run.fail_entry.hardware_entry_failure_reason$offset();

    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public FailEntry(MemorySegment run) {
      this.run = run;
    }

    @Override
    public String name() {
      return "FAIL_ENTRY";
    }

    /** The hardware's reason: VMX's instruction error or SVM's exit code. */
    public long reason() {
      return run.get(JAVA_LONG, REASON);
    }
  }

  /** A signal came, or {@link Vcpu#finish} has finished. Nothing happened in the guest. */
  record Interrupted() implements VcpuExit {
    @Override
    public String name() {
      return "INTR";
    }
  }

  /** KVM could not get at the memory behind a slot (EFAULT). */
  record MemoryFault() implements VcpuExit {
    @Override
    public String name() {
      return "MEMORY_FAULT";
    }
  }

  /** An exit that kvmpl has no use for, by its number in the API document. */
  final class Unsupported implements VcpuExit {
    private final MemorySegment run;

    /**
     * @param run the vCPU's run area (struct kvm_run), or what a test made of one
     */
    public Unsupported(MemorySegment run) {
      this.run = run;
    }

    public int reason() {
      return kvm_run.exit_reason(run);
    }

    @Override
    public String name() {
      return ExitNames.of(reason());
    }
  }
}
