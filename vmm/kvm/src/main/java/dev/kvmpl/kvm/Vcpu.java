// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_DEBUGREGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_MSRS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_REGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_SREGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_TSC_KHZ;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_VCPU_EVENTS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_INTERRUPT;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_RUN;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_CPUID2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_DEBUGREGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_REGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_SIGNAL_MASK;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_SREGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_VCPU_EVENTS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_TRANSLATE;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_debugregs;
import dev.kvmpl.bindings.kvm.kvm_interrupt;
import dev.kvmpl.bindings.kvm.kvm_msr_entry;
import dev.kvmpl.bindings.kvm.kvm_msrs;
import dev.kvmpl.bindings.kvm.kvm_regs;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.bindings.kvm.kvm_segment;
import dev.kvmpl.bindings.kvm.kvm_sregs;
import dev.kvmpl.bindings.kvm.kvm_translation;
import dev.kvmpl.bindings.kvm.kvm_vcpu_events;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.OptionalLong;

/**
 * One vCPU. All its methods, {@link #close} too, have to be called from one thread at a time; which
 * thread may change while the guest does not run. The exits that {@link #run} returns are the same
 * objects every time, valid until the next call.
 */
public final class Vcpu implements AutoCloseable {
  /** What {@link #translate} returns for an address where nothing is mapped. */
  public static final long UNMAPPED = -1;

  private static final int MSR_IA32_TSC = 0x10;

  private static final long DR6_RESET = 0xffff0ff0L; // AMD manual volume 2, table 14-1
  private static final long DR7_RESET = 0x400;

  private final FileDescriptor fd;
  private final Mapping run;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment runArea;
  private final VcpuExits exits;
  private final Registers registers;
  private final MemorySegment specialRegisters = kvm_sregs.allocate(arena);
  private final MemorySegment interrupt = kvm_interrupt.allocate(arena);
  private final MemorySegment events = kvm_vcpu_events.allocate(arena);
  private final MemorySegment breakpoints = kvm_debugregs.allocate(arena);
  private final MemorySegment translation = kvm_translation.allocate(arena);

  /** Takes over what it is given. */
  Vcpu(FileDescriptor fd, Mapping run) {
    this.fd = fd;
    this.run = run;
    this.runArea = run.segment();
    this.exits = new VcpuExits(runArea);
    this.registers = new Registers(kvm_regs.allocate(arena));
  }

  /**
   * KVM_RUN (api.rst 4.10): runs the guest until it needs something. Does not allocate.
   *
   * @return why it stopped; {@link VcpuExit.Interrupted} when a signal came
   * @throws SyscallException for an error that says that the vCPU or its VM is broken
   */
  public VcpuExit run() {
    int result = Syscalls.run(fd.number(), KVM_RUN());
    if (result >= 0) {
      return exits.decode();
    }
    // After an error exit_reason is stale, so it is not looked at.
    if (result == -Libc.EINTR() || result == -Libc.EAGAIN()) {
      return exits.interrupted();
    }
    if (result == -Libc.EFAULT()) {
      return exits.memoryFault();
    }
    throw new SyscallException("KVM_RUN", "", -result);
  }

  /**
   * Completes the operation of the last exit without running more of the guest. KVM has to be asked
   * this before registers are looked at or changed (api.rst 4.10, 5 "immediate_exit").
   *
   * @return {@link VcpuExit.Interrupted} when the operation is complete, else its next part
   * @throws SyscallException if it cannot be completed
   */
  public VcpuExit finish() {
    kvm_run.immediate_exit(runArea, (byte) 1);
    try {
      VcpuExit exit = run();
      if (exit instanceof VcpuExit.MemoryFault) { // no guest's access: none has run
        throw new SyscallException("KVM_RUN", "immediate_exit", Libc.EFAULT());
      }
      return exit;
    } finally {
      kvm_run.immediate_exit(runArea, (byte) 0);
    }
  }

  /** KVM_GET_REGS (api.rst 4.11), into the one object that this vCPU has. */
  public Registers registers() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_REGS(), registers.segment()), "KVM_GET_REGS", "");
    return registers;
  }

  /** KVM_SET_REGS (api.rst 4.12), of what {@link #registers} returned and the caller changed. */
  public void setRegisters() {
    check(Syscalls.ioctl(fd.number(), KVM_SET_REGS(), registers.segment()), "KVM_SET_REGS", "");
  }

  /** Puts the vCPU into 64-bit mode as {@link LongMode} describes (KVM_SET_SREGS, api.rst 4.14). */
  public void enterLongMode(LongMode mode) {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    mode.apply(specialRegisters);
    check(
        Syscalls.ioctl(fd.number(), KVM_SET_SREGS(), specialRegisters),
        "KVM_SET_SREGS",
        mode.toString());
  }

  /**
   * A copy of the general, special and debug registers (KVM_GET_REGS, KVM_GET_SREGS,
   * KVM_GET_DEBUGREGS). The operation of the last exit has to be {@link #finish}ed.
   */
  public State save() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    check(Syscalls.ioctl(fd.number(), KVM_GET_DEBUGREGS(), breakpoints), "KVM_GET_DEBUGREGS", "");
    return new State(
        registers().save(),
        specialRegisters.toArray(ValueLayout.JAVA_BYTE),
        breakpoints.toArray(ValueLayout.JAVA_BYTE));
  }

  /** Puts a {@link #save}d copy back (KVM_SET_SREGS, KVM_SET_DEBUGREGS, KVM_SET_REGS). */
  public void restore(State saved) {
    specialRegisters.copyFrom(MemorySegment.ofArray(saved.special));
    check(Syscalls.ioctl(fd.number(), KVM_SET_SREGS(), specialRegisters), "KVM_SET_SREGS", "saved");
    breakpoints.copyFrom(MemorySegment.ofArray(saved.debug));
    setBreakpoints();
    registers.restore(saved.general);
    setRegisters();
  }

  /** A vCPU's registers, for the vCPU that they were saved of. */
  public static final class State {
    private final byte[] general;
    private final byte[] special;
    private final byte[] debug;

    private State(byte[] general, byte[] special, byte[] debug) {
      this.general = general;
      this.special = special;
      this.debug = debug;
    }
  }

  /**
   * Drops what would still happen to whoever runs next: an exception or an interrupt that waits for
   * delivery and the interrupt shadow of the last instruction (KVM_SET_VCPU_EVENTS, api.rst 4.32),
   * the wish for an interrupt window, breakpoints (KVM_SET_DEBUGREGS, api.rst 4.34). The operation
   * of the last exit has to be {@link #finish}ed.
   */
  public void dropEvents() {
    requestInterruptWindow(false);
    check(Syscalls.ioctl(fd.number(), KVM_GET_VCPU_EVENTS(), events), "KVM_GET_VCPU_EVENTS", "");
    kvm_vcpu_events.exception(events).fill((byte) 0);
    kvm_vcpu_events.interrupt(events).fill((byte) 0);
    kvm_vcpu_events.nmi(events).fill((byte) 0);
    check(
        Syscalls.ioctl(fd.number(), KVM_SET_VCPU_EVENTS(), events), "KVM_SET_VCPU_EVENTS", "none");
    breakpoints.fill((byte) 0);
    kvm_debugregs.dr6(breakpoints, DR6_RESET);
    kvm_debugregs.dr7(breakpoints, DR7_RESET);
    setBreakpoints();
  }

  private void setBreakpoints() {
    check(Syscalls.ioctl(fd.number(), KVM_SET_DEBUGREGS(), breakpoints), "KVM_SET_DEBUGREGS", "");
  }

  /**
   * KVM_INTERRUPT (api.rst 4.16): delivers an external interrupt at the next run. Only while {@link
   * #acceptsInterrupt}: KVM does not look at RFLAGS.IF. Does not allocate.
   *
   * @param vector 32 to 255
   */
  public void interrupt(int vector) {
    kvm_interrupt.irq(interrupt, vector);
    int result = Syscalls.ioctl(fd.number(), KVM_INTERRUPT(), interrupt);
    if (result < 0) { // part of every round trip: the message is made only now
      throw new SyscallException("KVM_INTERRUPT", Integer.toString(vector), -result);
    }
  }

  /**
   * KVM_SET_VCPU_EVENTS (api.rst 4.32): delivers an exception before the next instruction. The
   * operation of the last exit has to be {@link #finish}ed. Vectors 6 and 13 arrive on every
   * backend; 29 (#VC) is lost on kvm_amd.
   *
   * @param vector one that has an error code
   */
  public void injectException(int vector, int errorCode) {
    inject(vector, true, errorCode);
  }

  /**
   * As {@link #injectException(int, int)}.
   *
   * @param vector one that has no error code
   */
  public void injectException(int vector) {
    inject(vector, false, 0);
  }

  private void inject(int vector, boolean hasErrorCode, int errorCode) {
    check(Syscalls.ioctl(fd.number(), KVM_GET_VCPU_EVENTS(), events), "KVM_GET_VCPU_EVENTS", "");
    MemorySegment exception = kvm_vcpu_events.exception(events);
    kvm_vcpu_events.exception.injected(exception, (byte) 1);
    kvm_vcpu_events.exception.nr(exception, (byte) vector);
    kvm_vcpu_events.exception.has_error_code(exception, (byte) (hasErrorCode ? 1 : 0));
    kvm_vcpu_events.exception.error_code(exception, errorCode);
    check(
        Syscalls.ioctl(fd.number(), KVM_SET_VCPU_EVENTS(), events),
        "KVM_SET_VCPU_EVENTS",
        "exception " + vector);
  }

  /**
   * Whether KVM is going to deliver an event anew that it could not deliver (KVM_GET_VCPU_EVENTS,
   * api.rst 4.31): an exception, an external interrupt or an NMI. It does not tell of software
   * interrupts ({@code int n}), which it delivers anew as well. Does not allocate.
   */
  public boolean deliversEvent() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_VCPU_EVENTS(), events), "KVM_GET_VCPU_EVENTS", "");
    return kvm_vcpu_events.exception.injected(kvm_vcpu_events.exception(events)) != 0
        || kvm_vcpu_events.interrupt.injected(kvm_vcpu_events.interrupt(events)) != 0
        || kvm_vcpu_events.nmi.injected(kvm_vcpu_events.nmi(events)) != 0;
  }

  /** Sets CR2, the address that a fault is about (KVM_SET_SREGS, api.rst 4.14). */
  public void faultAddress(long virtualAddress) {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    kvm_sregs.cr2(specialRegisters, virtualAddress);
    check(Syscalls.ioctl(fd.number(), KVM_SET_SREGS(), specialRegisters), "KVM_SET_SREGS", "CR2");
  }

  /** The guest's CR3: the physical address of its page tables, and flags (KVM_GET_SREGS). */
  public long pageTables() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    return kvm_sregs.cr3(specialRegisters);
  }

  /** The base of segment FS (KVM_GET_SREGS, api.rst 4.13). */
  public long fsBase() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    return kvm_segment.base(kvm_sregs.fs(specialRegisters));
  }

  /** The base of segment GS (KVM_GET_SREGS, api.rst 4.13). */
  public long gsBase() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    return kvm_segment.base(kvm_sregs.gs(specialRegisters));
  }

  /** Whether it is in 64-bit mode: long mode, but not compatibility mode (KVM_GET_SREGS). */
  public boolean is64Bit() {
    check(Syscalls.ioctl(fd.number(), KVM_GET_SREGS(), specialRegisters), "KVM_GET_SREGS", "");
    return (kvm_sregs.efer(specialRegisters) & LongMode.EFER_LMA) != 0
        && kvm_segment.l(kvm_sregs.cs(specialRegisters)) != 0;
  }

  /** Whether the guest had interrupts enabled at the last exit, and none is waiting. */
  public boolean acceptsInterrupt() {
    return kvm_run.if_flag(runArea) != 0;
  }

  /** Asks for {@link VcpuExit.InterruptWindow} as soon as the guest can take an interrupt. */
  public void requestInterruptWindow(boolean wanted) {
    kvm_run.request_interrupt_window(runArea, (byte) (wanted ? 1 : 0));
  }

  /**
   * Where a guest-virtual address leads, by the guest's own tables (KVM_TRANSLATE, api.rst 4.19).
   *
   * <p>Does not allocate.
   *
   * @return the guest-physical address, or {@link #UNMAPPED}
   */
  public long translate(long virtualAddress) {
    kvm_translation.linear_address(translation, virtualAddress);
    check(Syscalls.ioctl(fd.number(), KVM_TRANSLATE(), translation), "KVM_TRANSLATE", "");
    return kvm_translation.valid(translation) == 0
        ? UNMAPPED
        : kvm_translation.physical_address(translation);
  }

  /** The guest's time-stamp counter now (KVM_GET_MSRS, api.rst 4.18). */
  public long timeStampCounter() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment msrs = scratch.allocate(kvm_msrs.sizeof() + kvm_msr_entry.sizeof(), Long.BYTES);
      kvm_msrs.nmsrs(msrs, 1);
      MemorySegment entry = msrs.asSlice(kvm_msrs.sizeof(), kvm_msr_entry.sizeof());
      kvm_msr_entry.index(entry, MSR_IA32_TSC);
      check(Syscalls.ioctl(fd.number(), KVM_GET_MSRS(), msrs), "KVM_GET_MSRS", "TSC");
      return kvm_msr_entry.data(entry);
    }
  }

  /** The counter's frequency in kHz (KVM_GET_TSC_KHZ, api.rst 4.56), empty if KVM cannot tell. */
  public OptionalLong timeStampCounterKhz() {
    int khz = Syscalls.ioctl(fd.number(), KVM_GET_TSC_KHZ(), 0);
    return khz > 0 ? OptionalLong.of(khz) : OptionalLong.empty();
  }

  /**
   * Lets {@link KickSignal}, and no other signal, end {@link #run} (KVM_SET_SIGNAL_MASK, api.rst
   * 4.17).
   */
  public void interruptibleByKick() {
    try (Arena scratch = Arena.ofConfined()) {
      check(
          Syscalls.ioctl(fd.number(), KVM_SET_SIGNAL_MASK(), KickSignal.runMask(scratch)),
          "KVM_SET_SIGNAL_MASK",
          "");
    }
  }

  void setCpuid(MemorySegment cpuid) {
    check(Syscalls.ioctl(fd.number(), KVM_SET_CPUID2(), cpuid), "KVM_SET_CPUID2", "");
  }

  /** Unmaps the vCPU's run area and closes its file descriptor, in this order. */
  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      Closing.all(run, fd, arena);
    }
  }
}
