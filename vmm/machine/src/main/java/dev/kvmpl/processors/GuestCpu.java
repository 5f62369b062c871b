// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import java.util.OptionalLong;

/**
 * A vCPU as far as a machine needs one: KVM's ({@link KvmCpu}), or a script of exits, for tests
 * without a VM. All methods are to be called by one thread at a time, while the guest does not run.
 * None of them allocates but where that is said.
 */
public interface GuestCpu {
  /** What {@link #translate} returns for an address where nothing is mapped. */
  long UNMAPPED = -1;

  /** Before the first {@link #run} on a thread: lets a kick, and nothing else, end it. */
  void interruptibleByKick();

  /**
   * Runs the guest until it needs something.
   *
   * @return the same objects every time, valid until the next call
   * @throws dev.kvmpl.bindings.SyscallException if the vCPU is broken
   */
  VcpuExit run();

  /**
   * Completes the operation of the last exit without running more of the guest. To be done before
   * registers are looked at or changed.
   *
   * @return {@link VcpuExit.Interrupted} when the operation is complete, else its next part
   */
  VcpuExit finish();

  /** Its general registers, read now, into the one object that it has. */
  Registers registers();

  /** Writes what {@link #registers} returned and the caller changed. */
  void setRegisters();

  /** Puts it into 64-bit mode. */
  void enterLongMode(LongMode mode);

  /** Whether it is in 64-bit mode, and not in compatibility mode. */
  boolean is64Bit();

  /** A copy of all that {@link #restore} puts back. Allocates. */
  Saved save();

  /** Puts back what {@link #save} of this vCPU returned. */
  void restore(Saved saved);

  /** Registers of a vCPU. */
  interface Saved {}

  /** Drops what would still happen to whoever runs next. */
  void dropEvents();

  /** Delivers an interrupt, 32 to 255, at the next run: only while {@link #acceptsInterrupt}. */
  void interrupt(int vector);

  /** Delivers an exception that has an error code before the next instruction. */
  void injectException(int vector, int errorCode);

  /** Delivers an exception that has no error code before the next instruction. */
  void injectException(int vector);

  /**
   * Delivers a page fault before the next instruction, and CR2 only then, so that the guest finds
   * there what it has left until it is told. Needs KVM_CAP_EXCEPTION_PAYLOAD. Allocates.
   */
  void injectPageFault(int errorCode, long virtualAddress);

  /** Whether an event is going to be delivered anew that could not be delivered. */
  boolean deliversEvent();

  /** Sets the address that a fault is about. */
  void faultAddress(long virtualAddress);

  /** Whether the guest had interrupts enabled at the last exit, and none is waiting. */
  boolean acceptsInterrupt();

  /** Asks for an exit as soon as the guest can take an interrupt. */
  void requestInterruptWindow(boolean wanted);

  /** CR3: the physical address of its page tables, and flags. */
  long pageTables();

  /**
   * CR3, if addresses are translated by tables of four levels and the last exit has told so: then
   * whoever has the memory can do it.
   *
   * @return the register, or {@link #UNMAPPED}: only {@link #translate} can tell
   */
  long fourLevelTables();

  /** The base of segment FS. */
  long fsBase();

  /** The base of segment GS. */
  long gsBase();

  /**
   * Where a guest-virtual address leads, by the guest's own tables.
   *
   * @return the guest-physical address, or {@link #UNMAPPED}
   */
  long translate(long virtualAddress);

  /**
   * What a debugger wants from the next {@link #run} on. Allocates.
   *
   * @throws dev.kvmpl.bindings.SyscallException if the host cannot
   */
  void debug(GuestDebug wanted);

  /** Its time-stamp counter now. Allocates. */
  long timeStampCounter();

  /** The counter's frequency in kHz, empty if the host cannot tell. Allocates. */
  OptionalLong timeStampCounterKhz();
}
