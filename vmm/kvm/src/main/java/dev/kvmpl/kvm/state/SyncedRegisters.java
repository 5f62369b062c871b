// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_run;
import dev.kvmpl.bindings.kvm.kvm_sync_regs;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Set;

/**
 * A vCPU's state in its run area (api.rst 5 and KVM_CAP_SYNC_REGS): KVM_RUN takes from it what is
 * {@link #dirty} and leaves in it what is {@link #valid}, without an ioctl for each. For the thread
 * that runs the vCPU, while it does not run.
 */
public final class SyncedRegisters {
  /** What can be there. */
  public enum Part {
    REGISTERS(Kvm.KVM_SYNC_X86_REGS()),
    SPECIAL_REGISTERS(Kvm.KVM_SYNC_X86_SREGS()),
    EVENTS(Kvm.KVM_SYNC_X86_EVENTS());

    private final long bit;

    Part(long bit) {
      this.bit = bit;
    }

    /** KVM_SYNC_X86_...'s bit, as KVM_CAP_SYNC_REGS has it. */
    public long bit() {
      return bit;
    }
  }

  private final MemorySegment run;
  private final Registers registers;
  private final SpecialRegisters specialRegisters;
  private final VcpuEvents events;

  /**
   * @param run the vCPU's run area (struct kvm_run)
   */
  public SyncedRegisters(MemorySegment run) {
    this.run = run;
    MemorySegment synced = kvm_run.s.regs(kvm_run.s(run));
    registers = new Registers(kvm_sync_regs.regs(synced));
    specialRegisters = new SpecialRegisters(kvm_sync_regs.sregs(synced));
    events = new VcpuEvents(kvm_sync_regs.events(synced));
  }

  /** What KVM_RUN leaves here from now on. */
  public void valid(Collection<Part> parts) {
    kvm_run.kvm_valid_regs(run, bits(parts));
  }

  /** What the next KVM_RUN takes from here. */
  public void dirty(Collection<Part> parts) {
    kvm_run.kvm_dirty_regs(run, bits(parts));
  }

  /** What KVM_RUN has not taken yet. */
  public Set<Part> dirty() {
    long bits = kvm_run.kvm_dirty_regs(run);
    return Set.of(Part.values()).stream()
        .filter(part -> (bits & part.bit) != 0)
        .collect(java.util.stream.Collectors.toUnmodifiableSet());
  }

  public Registers registers() {
    return registers;
  }

  public SpecialRegisters specialRegisters() {
    return specialRegisters;
  }

  public VcpuEvents events() {
    return events;
  }

  private static long bits(Collection<Part> parts) {
    return parts.stream().mapToLong(part -> part.bit).reduce(0, (all, bit) -> all | bit);
  }

  @Override
  public String toString() {
    return registers + " " + specialRegisters + " " + events;
  }
}
