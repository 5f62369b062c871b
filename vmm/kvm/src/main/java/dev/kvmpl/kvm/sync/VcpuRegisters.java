// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.sync;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.kvm.debug.DebugRegisters;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.kvm.fd.VcpuState;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.kvm.state.SyncedRegisters;
import dev.kvmpl.kvm.state.SyncedRegisters.Part;
import java.lang.foreign.MemorySegment;

/**
 * One vCPU's general and special registers, for {@link dev.kvmpl.kvm.Vcpu}: by an ioctl each time,
 * or, once they are {@link #sync}ed, as KVM_RUN leaves them in the run area and takes them from
 * there. What KVM_RUN has not taken yet KVM is given before anything else of the vCPU's state is
 * looked at or changed, so that the order stays that of the calls: KVM_SET_REGS drops an exception
 * that waits for delivery. Allocates nothing. For the vCPU's thread.
 */
public final class VcpuRegisters {
  private final KvmFd fd;
  private final MemorySegment run;
  private final SyncedRegisters synced;
  private final SpecialRegisters special = new SpecialRegisters();
  private final DebugRegisters breakpoints = new DebugRegisters();
  private Registers general = new Registers();

  private boolean syncsGeneral;
  private boolean syncsSpecial;

  /** Whether the run area has what they are now. */
  private boolean hasGeneral;

  private boolean hasSpecial;

  /**
   * @param fd the vCPU's
   * @param run its run area (struct kvm_run)
   */
  public VcpuRegisters(KvmFd fd, MemorySegment run) {
    this.fd = fd;
    this.run = run;
    this.synced = new SyncedRegisters(run);
  }

  /** Those in the run area. */
  public SyncedRegisters synced() {
    return synced;
  }

  /**
   * From now on KVM_RUN leaves the general registers in the run area, if the host can.
   *
   * @param vm the vCPU's
   * @param specialToo whether it leaves the special ones, too
   */
  public void sync(KvmFd vm, boolean specialToo) {
    long both = Part.REGISTERS.bit() | Part.SPECIAL_REGISTERS.bit();
    if ((vm.extension(Kvm.KVM_CAP_SYNC_REGS()) & both) == both) {
      general = synced.registers();
      syncsGeneral = true;
      syncsSpecial = specialToo;
      kvm_run.kvm_valid_regs(run, specialToo ? both : Part.REGISTERS.bit());
    }
  }

  /** KVM_RUN has been there, whatever it has returned. */
  public void ran() {
    hasGeneral = syncsGeneral;
    hasSpecial = syncsSpecial;
  }

  /** The general registers as they are now. */
  public Registers general() {
    if (!hasGeneral) {
      fd.get(general);
      hasGeneral = syncsGeneral;
    }
    return general;
  }

  /** Has what {@link #general} returned and the caller changed be what they are. */
  public void setGeneral() {
    if (syncsGeneral) {
      kvm_run.kvm_dirty_regs(run, kvm_run.kvm_dirty_regs(run) | Part.REGISTERS.bit());
      hasGeneral = true;
    } else {
      fd.set(general);
    }
  }

  /** The special registers as they are now, to be read and not changed. */
  public SpecialRegisters special() {
    return hasSpecial ? synced.specialRegisters() : get(special);
  }

  /** The special registers as they are now, to be changed and {@link #set}. */
  public SpecialRegisters changeableSpecial() {
    return get(special);
  }

  /** A copy of all that {@link #restore} puts back. Allocates. */
  public SavedRegisters save() {
    get(breakpoints);
    return new SavedRegisters(general().save(), special().save(), breakpoints.save());
  }

  /** Puts a {@link #save}d copy back. */
  public void restore(SavedRegisters saved) {
    special.restore(saved.special);
    set(special);
    breakpoints.restore(saved.debug);
    set(breakpoints);
    general().restore(saved.general);
    setGeneral();
  }

  /** Takes all breakpoints away. */
  public void dropBreakpoints() {
    breakpoints.reset();
    set(breakpoints);
  }

  /** Whether the last exit has left the special registers, and there are tables of four levels. */
  public boolean hasFourLevels() {
    return hasSpecial && LongMode.hasFourLevels(synced.specialRegisters());
  }

  /** Has KVM fill in a part of the vCPU's state. */
  public <S extends VcpuState> S get(S state) {
    give();
    return fd.get(state);
  }

  /** Gives KVM a part of the vCPU's state. */
  public void set(VcpuState state) {
    changed();
    fd.set(state);
  }

  /** Something of the state is changed by other means. */
  public void changed() {
    give();
    hasGeneral = false;
    hasSpecial = false;
  }

  /** Gives KVM what it would take at the next KVM_RUN. */
  public void give() {
    long dirty = kvm_run.kvm_dirty_regs(run);
    if (syncsGeneral && (dirty & Part.REGISTERS.bit()) != 0) {
      fd.set(general);
      kvm_run.kvm_dirty_regs(run, dirty & ~Part.REGISTERS.bit());
    }
  }
}
