// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import dev.kvmpl.bindings.kvm.Kvm;

/**
 * What a vCPU is doing in a guest with several (api.rst 4.38, 4.39). Without an interrupt
 * controller of KVM's it is always {@link #RUNNABLE}.
 */
public enum MpState {
  RUNNABLE(Kvm.KVM_MP_STATE_RUNNABLE()),
  /** An application processor that has got no INIT. */
  UNINITIALIZED(Kvm.KVM_MP_STATE_UNINITIALIZED()),
  /** It has, and waits for a SIPI. */
  INIT_RECEIVED(Kvm.KVM_MP_STATE_INIT_RECEIVED()),
  /** It waits for an interrupt after {@code hlt}. */
  HALTED(Kvm.KVM_MP_STATE_HALTED()),
  SIPI_RECEIVED(Kvm.KVM_MP_STATE_SIPI_RECEIVED()),
  /** It waits for a reset, as SEV-ES has it. */
  AP_RESET_HOLD(Kvm.KVM_MP_STATE_AP_RESET_HOLD());

  private final int number;

  MpState(int number) {
    this.number = number;
  }

  /** KVM_MP_STATE_...'s number. */
  public int number() {
    return number;
  }

  /**
   * By its number.
   *
   * @throws IllegalArgumentException if x86 has no such state
   */
  public static MpState of(int number) {
    for (MpState state : values()) {
      if (state.number == number) {
        return state;
      }
    }
    throw new IllegalArgumentException("KVM_MP_STATE " + number);
  }
}
