// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_SREGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_SREGS;

import dev.kvmpl.bindings.kvm.kvm_sregs;
import java.lang.foreign.MemorySegment;

/** Special registers: struct kvm_sregs (api.rst 4.13, 4.14). */
public final class SpecialRegisters extends SystemRegisters {
  /** What {@link #pendingInterrupt()} is if there is none. */
  public static final int NONE = -1;

  private static final int WORDS = 4;

  /** All 0, which KVM does not take: get them first. */
  public SpecialRegisters() {
    this(allocate(kvm_sregs.layout()));
  }

  SpecialRegisters(MemorySegment segment) {
    super("SREGS", KVM_GET_SREGS(), KVM_SET_SREGS(), segment);
  }

  /**
   * The vector, 0 to 255, of an external interrupt that has been acknowledged at the interrupt
   * controller and not yet delivered to the vCPU; {@link #NONE} if there is none.
   */
  public int pendingInterrupt() {
    for (int i = 0; i < WORDS; i++) {
      long word = kvm_sregs.interrupt_bitmap(segment(), i);
      if (word != 0) {
        return i * Long.SIZE + Long.numberOfTrailingZeros(word);
      }
    }
    return NONE;
  }

  /** Changes it: 0 to 255, or {@link #NONE}. */
  public void pendingInterrupt(int vector) {
    for (int i = 0; i < WORDS; i++) {
      boolean here = vector != NONE && vector / Long.SIZE == i;
      kvm_sregs.interrupt_bitmap(segment(), i, here ? 1L << vector % Long.SIZE : 0);
    }
  }
}
