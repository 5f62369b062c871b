// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.debug;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_guest_debug;
import dev.kvmpl.bindings.kvm.kvm_guest_debug_arch;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Locale;
import java.util.Objects;

/**
 * What a debugger wants of a vCPU (struct kvm_guest_debug; api.rst 4.55): each call adds a wish to
 * the same object; what they bring is {@link dev.kvmpl.kvm.exit.OptInExit.Debug}. Registers: AMD
 * manual volume 2, 13.1.1.
 */
public final class GuestDebug {
  private static final int ADDRESSES = 4;
  private static final int CONTROL = 7;
  private static final int ENABLE_BITS = 2; // a breakpoint: local, global
  private static final int CONDITION_SHIFT = 16;
  private static final int CONDITION_BITS = 4;

  private final long[] registers = new long[8];
  private int control;

  /** What a breakpoint of the hardware watches. */
  public enum Watch {
    /** The instruction at the address, before it is executed. */
    EXECUTION(0),
    WRITE(1),
    /** Reads and writes, not fetches. */
    ACCESS(3);

    private final int bits;

    Watch(int bits) {
      this.bits = bits;
    }
  }

  private GuestDebug() {}

  /** Nothing: as it is without a debugger. */
  public static GuestDebug off() {
    return new GuestDebug();
  }

  /** A debugger, which is told of nothing yet. */
  public static GuestDebug on() {
    GuestDebug debug = new GuestDebug();
    debug.control = Kvm.KVM_GUESTDBG_ENABLE();
    return debug;
  }

  /** An exit after each instruction. */
  public GuestDebug singleStep() {
    return with(Kvm.KVM_GUESTDBG_SINGLESTEP());
  }

  /** While it steps, the guest gets no interrupts (KVM_CAP_SET_GUEST_DEBUG2 says if it can). */
  public GuestDebug blockInterrupts() {
    return with(Kvm.KVM_GUESTDBG_BLOCKIRQ());
  }

  /** An exit at each {@code int3}, which the guest does not get. */
  public GuestDebug softwareBreakpoints() {
    return with(Kvm.KVM_GUESTDBG_USE_SW_BP());
  }

  /**
   * An exit at an access. The guest's own breakpoints do nothing meanwhile.
   *
   * @param index 0 to 3
   * @param address linear, a multiple of {@code length}
   * @param length 1, 2, 4 or 8 bytes; 1 for {@link Watch#EXECUTION}
   */
  public GuestDebug hardwareBreakpoint(int index, long address, Watch watch, int length) {
    Objects.checkIndex(index, ADDRESSES);
    int code =
        switch (length) {
          case 1 -> 0;
          case 2 -> 1;
          case 4 -> 3;
          case 8 -> 2;
          default -> throw new IllegalArgumentException("length " + length);
        };
    if (address % length != 0 || (watch == Watch.EXECUTION && length != 1)) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s of %d bytes at %#x", watch, length, address));
    }
    registers[index] = address;
    int shift = CONDITION_SHIFT + index * CONDITION_BITS;
    registers[CONTROL] &= ~(0xfL << shift);
    registers[CONTROL] |= (long) (code << 2 | watch.bits) << shift;
    registers[CONTROL] |= 2L << (index * ENABLE_BITS);
    return with(Kvm.KVM_GUESTDBG_USE_HW_BP());
  }

  /** The guest gets a #DB at the next entry. */
  public GuestDebug injectDebugException() {
    return with(Kvm.KVM_GUESTDBG_INJECT_DB());
  }

  /** The guest gets a #BP at the next entry. */
  public GuestDebug injectBreakpoint() {
    return with(Kvm.KVM_GUESTDBG_INJECT_BP());
  }

  private GuestDebug with(int flag) {
    control |= Kvm.KVM_GUESTDBG_ENABLE() | flag;
    return this;
  }

  /** KVM_GUESTDBG_...: what has been wished. */
  public int control() {
    return control;
  }

  /** The struct, for KVM_SET_GUEST_DEBUG. */
  public MemorySegment struct(Arena arena) {
    MemorySegment debug = kvm_guest_debug.allocate(arena);
    kvm_guest_debug.control(debug, control);
    for (int i = 0; i < registers.length; i++) {
      kvm_guest_debug_arch.debugreg(kvm_guest_debug.arch(debug), i, registers[i]);
    }
    return debug;
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "control=%#x addresses=%s dr7=%#x",
        control,
        Arrays.stream(registers, 0, ADDRESSES).mapToObj(Long::toHexString).toList(),
        registers[CONTROL]);
  }
}
