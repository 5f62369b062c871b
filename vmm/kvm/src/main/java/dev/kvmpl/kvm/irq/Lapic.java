// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.irq;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_LAPIC;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_LAPIC;

import dev.kvmpl.bindings.kvm.kvm_lapic_state;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * A vCPU's local APIC, where KVM has it (struct kvm_lapic_state; api.rst 4.57, 4.58): registers at
 * their offsets in the APIC's page (AMD manual volume 2, table 16-2).
 */
public final class Lapic extends VcpuState {
  public static final int ID = 0x20;
  public static final int VERSION = 0x30;
  public static final int TASK_PRIORITY = 0x80;
  public static final int LOGICAL_DESTINATION = 0xd0;
  public static final int DESTINATION_FORMAT = 0xe0;

  /** Bit 8: the APIC is on; bits 0 to 7: the vector of spurious interrupts. */
  public static final int SPURIOUS_VECTOR = 0xf0;

  /** The first of 8 registers of 32 vectors each: what is being handled. */
  public static final int IN_SERVICE = 0x100;

  /** The first of 8: what waits. */
  public static final int REQUESTED = 0x200;

  public static final int ERROR_STATUS = 0x280;
  public static final int COMMAND_LOW = 0x300;
  public static final int COMMAND_HIGH = 0x310;
  public static final int LVT_TIMER = 0x320;
  public static final int LVT_LINT0 = 0x350;
  public static final int LVT_LINT1 = 0x360;
  public static final int LVT_ERROR = 0x370;
  public static final int TIMER_INITIAL_COUNT = 0x380;
  public static final int TIMER_CURRENT_COUNT = 0x390;
  public static final int TIMER_DIVIDE = 0x3e0;

  private static final int REGISTER_STRIDE = 0x10;

  /** All 0: get it first. */
  public Lapic() {
    super("LAPIC", KVM_GET_LAPIC(), KVM_SET_LAPIC(), allocate(kvm_lapic_state.layout()));
  }

  /**
   * A register.
   *
   * @param offset a multiple of 0x10, below 0x400
   */
  public int get(int offset) {
    return segment().get(ValueLayout.JAVA_INT_UNALIGNED, checked(offset));
  }

  /** Changes a register. */
  public void put(int offset, int value) {
    segment().set(ValueLayout.JAVA_INT_UNALIGNED, checked(offset), value);
  }

  /** Whether a vector, 0 to 255, waits. */
  public boolean isRequested(int vector) {
    return bit(REQUESTED, vector);
  }

  /** Whether a vector, 0 to 255, is being handled. */
  public boolean isInService(int vector) {
    return bit(IN_SERVICE, vector);
  }

  private boolean bit(int first, int vector) {
    return (get(first + vector / Integer.SIZE * REGISTER_STRIDE) & 1 << vector % Integer.SIZE) != 0;
  }

  private static long checked(int offset) {
    if (offset < 0 || offset >= kvm_lapic_state.sizeof() || offset % REGISTER_STRIDE != 0) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, "no register at %#x", offset));
    }
    return offset;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "id=%#x version=%#x tpr=%#x svr=%#x timer=%#x initial=%d current=%d lint0=%#x lint1=%#x",
        get(ID),
        get(VERSION),
        get(TASK_PRIORITY),
        get(SPURIOUS_VECTOR),
        get(LVT_TIMER),
        Integer.toUnsignedLong(get(TIMER_INITIAL_COUNT)),
        Integer.toUnsignedLong(get(TIMER_CURRENT_COUNT)),
        get(LVT_LINT0),
        get(LVT_LINT1));
  }
}
