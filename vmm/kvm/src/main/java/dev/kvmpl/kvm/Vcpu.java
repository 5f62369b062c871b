// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_interrupt;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.bindings.kvm.kvm_translation;
import dev.kvmpl.bindings.libc.Libc;
import dev.kvmpl.kvm.cpu.CpuidTable;
import dev.kvmpl.kvm.cpu.Msrs;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.exit.VcpuExits;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.kvm.fd.VcpuState;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.kvm.state.VcpuEvents;
import dev.kvmpl.kvm.state.Xsave;
import dev.kvmpl.kvm.sync.SavedRegisters;
import dev.kvmpl.kvm.sync.VcpuRegisters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One vCPU. All its methods, {@link #close} too, have to be called from one thread at a time; which
 * thread may change while the guest does not run. The exits that {@link #run} returns are the same
 * objects every time, valid until the next call.
 */
public final class Vcpu implements AutoCloseable {
  /** What {@link #translate} returns for an address where nothing is mapped. */
  public static final long UNMAPPED = -1;

  private static final int MSR_IA32_TSC = 0x10;

  private final KvmFd fd;
  private final Mapping run;
  private final Vm vm;
  private final Reach reach;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final MemorySegment runArea;
  private final VcpuExits exits;
  private final VcpuExtras extras;
  private final VcpuRegisters registers;
  private final VcpuEvents events = new VcpuEvents();
  private final MemorySegment interrupt = kvm_interrupt.allocate(Arena.ofAuto());
  private final MemorySegment translation = kvm_translation.allocate(Arena.ofAuto());

  /** Takes over what it is given, but for the VM. */
  Vcpu(KvmFd fd, Mapping run, Vm vm, Reach reach) {
    this.fd = fd;
    this.run = run;
    this.vm = vm;
    this.reach = reach;
    this.runArea = run.segment();
    this.exits = new VcpuExits(runArea);
    this.registers = new VcpuRegisters(fd, runArea);
    this.extras = new VcpuExtras(fd, vm.fd(), runArea, registers.synced());
  }

  /**
   * KVM_RUN (api.rst 4.10): runs the guest until it needs something. Does not allocate.
   *
   * @return why it stopped; {@link VcpuExit.Interrupted} when a signal came
   * @throws SyscallException for an error that says that the vCPU or its VM is broken
   */
  public VcpuExit run() {
    int result = Syscalls.run(fd.number(), Kvm.KVM_RUN());
    registers.ran();
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

  /**
   * From now on {@link #run} leaves the general registers in the run area and takes them from there
   * (KVM_CAP_SYNC_REGS, api.rst 7), so that {@link #registers} and {@link #setRegisters} make no
   * call. For a vCPU whose state nobody changes through {@link #fd}. On a host that cannot nothing
   * changes; what {@link #registers} has returned before counts no longer.
   *
   * @param specialToo whether it leaves the special registers, too, for {@link #pageTables}, {@link
   *     #fourLevelTables} and {@link #is64Bit}
   */
  public void syncRegisters(boolean specialToo) {
    registers.sync(vm.fd(), specialToo);
  }

  /**
   * KVM_GET_REGS (api.rst 4.11), into the one object that this vCPU has. A change of it that no
   * {@link #setRegisters} has followed may be there or gone at the next call. Does not allocate.
   */
  public Registers registers() {
    return registers.general();
  }

  /** KVM_SET_REGS (api.rst 4.12), of what {@link #registers} returned and the caller changed. */
  public void setRegisters() {
    registers.setGeneral();
  }

  /**
   * Has KVM fill in a part of the state. The operation of the last exit has to be {@link
   * #finish}ed. Does not allocate.
   *
   * @throws SyscallException if KVM refuses
   */
  public <S extends VcpuState> S get(S state) {
    return registers.get(state);
  }

  /** Changes a part of the state; as {@link #get}. */
  public void set(VcpuState state) {
    if (state instanceof Xsave xsave && xsave.size() < xsaveSize()) {
      throw new IllegalArgumentException(xsave + ", this vCPU has " + xsaveSize());
    }
    registers.set(state);
  }

  /** The extended state (KVM_GET_XSAVE, or KVM_GET_XSAVE2 where it is larger), in an own object. */
  public Xsave xsave() {
    return get(Xsave.of(xsaveSize()));
  }

  private int xsaveSize() {
    return Math.max(vm.fd().extension(Kvm.KVM_CAP_XSAVE2()), Xsave.MIN_BYTES);
  }

  /** Puts the vCPU into 64-bit mode as {@link LongMode} describes (KVM_SET_SREGS, api.rst 4.14). */
  public void enterLongMode(LongMode mode) {
    SpecialRegisters special = registers.changeableSpecial();
    mode.apply(special);
    set(special);
  }

  /**
   * A copy of the general, special and debug registers (KVM_GET_REGS, KVM_GET_SREGS,
   * KVM_GET_DEBUGREGS). The operation of the last exit has to be {@link #finish}ed.
   */
  public SavedRegisters save() {
    return registers.save();
  }

  /** Puts a {@link #save}d copy back (KVM_SET_SREGS, KVM_SET_DEBUGREGS, KVM_SET_REGS). */
  public void restore(SavedRegisters saved) {
    registers.restore(saved);
  }

  /**
   * Drops what would still happen to whoever runs next: an exception or an interrupt that waits for
   * delivery and the interrupt shadow of the last instruction (KVM_SET_VCPU_EVENTS, api.rst 4.32),
   * the wish for an interrupt window, breakpoints (KVM_SET_DEBUGREGS, api.rst 4.34). The operation
   * of the last exit has to be {@link #finish}ed.
   */
  public void dropEvents() {
    requestInterruptWindow(false);
    get(events).clearDeliveries();
    set(events);
    registers.dropBreakpoints();
  }

  /**
   * KVM_INTERRUPT (api.rst 4.16): delivers an external interrupt at the next run. Only while {@link
   * #acceptsInterrupt}: KVM does not look at RFLAGS.IF. Does not allocate.
   *
   * @param vector 32 to 255
   */
  public void interrupt(int vector) {
    kvm_interrupt.irq(interrupt, vector);
    int result = Syscalls.ioctl(fd.number(), Kvm.KVM_INTERRUPT(), interrupt);
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
    get(events).injectException(vector, errorCode);
    set(events);
  }

  /**
   * As {@link #injectException(int, int)}.
   *
   * @param vector one that has no error code
   */
  public void injectException(int vector) {
    get(events).injectException(vector);
    set(events);
  }

  /**
   * Whether KVM is going to deliver an event anew that it could not deliver (KVM_GET_VCPU_EVENTS,
   * api.rst 4.31): an exception, an external interrupt or an NMI. It does not tell of software
   * interrupts ({@code int n}), which it delivers anew as well. Does not allocate.
   */
  public boolean deliversEvent() {
    return get(events).delivers();
  }

  /** Sets CR2, the address that a fault is about (KVM_SET_SREGS, api.rst 4.14). */
  public void faultAddress(long virtualAddress) {
    SpecialRegisters special = registers.changeableSpecial();
    special.cr2(virtualAddress);
    set(special);
  }

  /** The guest's CR3: the physical address of its page tables, and flags (KVM_GET_SREGS). */
  public long pageTables() {
    return registers.special().cr3();
  }

  /**
   * {@link #pageTables} if translation is by tables of four levels (AMD manual volume 2, 5.3) and
   * the last {@link #run} has told: a walk over them is what KVM_TRANSLATE would do.
   *
   * @return the register, or {@link #UNMAPPED} if KVM has to be asked
   */
  public long fourLevelTables() {
    return registers.hasFourLevels() ? registers.special().cr3() : UNMAPPED;
  }

  /** The base of segment FS (KVM_GET_SREGS, api.rst 4.13). */
  public long fsBase() {
    return registers.special().fs().base();
  }

  /** The base of segment GS (KVM_GET_SREGS, api.rst 4.13). */
  public long gsBase() {
    return registers.special().gs().base();
  }

  /** Whether it is in 64-bit mode: long mode, but not compatibility mode (KVM_GET_SREGS). */
  public boolean is64Bit() {
    return LongMode.is64Bit(registers.special());
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
   * Does not allocate.
   *
   * @return the guest-physical address, or {@link #UNMAPPED}
   */
  public long translate(long virtualAddress) {
    kvm_translation.linear_address(translation, virtualAddress);
    check(Syscalls.ioctl(fd.number(), Kvm.KVM_TRANSLATE(), translation), "KVM_TRANSLATE", "");
    return kvm_translation.valid(translation) == 0
        ? UNMAPPED
        : kvm_translation.physical_address(translation);
  }

  /** The guest's time-stamp counter now (KVM_GET_MSRS, api.rst 4.18). */
  public long timeStampCounter() {
    Msrs counter = new Msrs(MSR_IA32_TSC);
    getMsrs(counter);
    return counter.value(0);
  }

  /** The counter's frequency in kHz (KVM_GET_TSC_KHZ, api.rst 4.56), empty if KVM cannot tell. */
  public OptionalLong timeStampCounterKhz() {
    int khz = Syscalls.ioctl(fd.number(), Kvm.KVM_GET_TSC_KHZ(), 0);
    return khz > 0 ? OptionalLong.of(khz) : OptionalLong.empty();
  }

  /** Reads MSRs (KVM_GET_MSRS, api.rst 4.18): how many, from the first on. */
  public int getMsrs(Msrs msrs) {
    return msrs.transfer(fd, Kvm.KVM_GET_MSRS(), "KVM_GET_MSRS");
  }

  /** Changes MSRs (KVM_SET_MSRS, api.rst 4.19): how many, from the first on. */
  public int setMsrs(Msrs msrs) {
    registers.changed();
    return msrs.transfer(fd, Kvm.KVM_SET_MSRS(), "KVM_SET_MSRS");
  }

  /** What CPUID tells the guest (KVM_GET_CPUID2, api.rst 4.47). */
  public CpuidTable cpuid() {
    return CpuidTable.get(fd, Kvm.KVM_GET_CPUID2(), "KVM_GET_CPUID2");
  }

  /** Changes it, before the first {@link #run} (KVM_SET_CPUID2, api.rst 4.21). */
  public void cpuid(CpuidTable table) {
    table.set(fd, Kvm.KVM_SET_CPUID2());
  }

  /** What a debugger wants from the next {@link #run} on (KVM_SET_GUEST_DEBUG, api.rst 4.55). */
  public void debug(GuestDebug wanted) {
    registers.give(); // KVM notes where RIP is
    try (Arena scratch = Arena.ofConfined()) {
      check(
          fd.unsafeIoctl(Kvm.KVM_SET_GUEST_DEBUG(), wanted.struct(scratch)),
          "KVM_SET_GUEST_DEBUG",
          wanted.toString());
    }
  }

  /**
   * Lets {@link KickSignal}, and no other signal, end {@link #run} (KVM_SET_SIGNAL_MASK, api.rst
   * 4.17).
   */
  public void interruptibleByKick() {
    try (Arena scratch = Arena.ofConfined()) {
      check(
          Syscalls.ioctl(fd.number(), Kvm.KVM_SET_SIGNAL_MASK(), KickSignal.runMask(scratch)),
          "KVM_SET_SIGNAL_MASK",
          "");
    }
  }

  /** What is asked for more rarely, and the rest of the run area. */
  public VcpuExtras extras() {
    return extras;
  }

  /** The descriptor, for every capability and ioctl that there is. */
  public KvmFd fd() {
    return fd;
  }

  /** Unmaps the vCPU's run area and closes its file descriptor, in this order. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Closing.all(run, fd, reach);
    }
  }
}
