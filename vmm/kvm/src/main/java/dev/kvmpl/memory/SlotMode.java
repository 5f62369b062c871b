// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import dev.kvmpl.bindings.kvm.Kvm;

/** What guests may do with a slot's memory, and what is noted of it. */
public enum SlotMode {
  READ_WRITE(0),
  /** A write exits with {@link dev.kvmpl.kvm.exit.VcpuExit.Mmio} instead of reaching memory. */
  READ_ONLY((int) Kvm.KVM_MEM_READONLY()),
  /**
   * As {@link #READ_WRITE}, and {@link dev.kvmpl.kvm.Vm#dirtyPages} tells which pages have been
   * written.
   */
  LOGGED((int) Kvm.KVM_MEM_LOG_DIRTY_PAGES());

  private final int flags;

  SlotMode(int flags) {
    this.flags = flags;
  }

  /** KVM_MEM_... */
  public int flags() {
    return flags;
  }
}
