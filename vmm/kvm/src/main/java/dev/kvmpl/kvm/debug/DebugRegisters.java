// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.debug;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_DEBUGREGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_DEBUGREGS;

import dev.kvmpl.bindings.kvm.kvm_debugregs;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/**
 * The guest's own debug registers: struct kvm_debugregs (api.rst 4.33, 4.34). A debugger's are
 * {@link GuestDebug}.
 */
public final class DebugRegisters extends VcpuState {
  private static final long DR6_RESET = 0xffff0ff0L; // AMD manual volume 2, table 14-1
  private static final long DR7_RESET = 0x400;

  private final MemorySegment registers = segment();

  /** As after a reset. */
  public DebugRegisters() {
    super("DEBUGREGS", KVM_GET_DEBUGREGS(), KVM_SET_DEBUGREGS(), allocate(kvm_debugregs.layout()));
    reset();
  }

  /** All as after a reset: no breakpoints. */
  public void reset() {
    registers.fill((byte) 0);
    dr6(DR6_RESET);
    dr7(DR7_RESET);
  }

  /**
   * A breakpoint's linear address: DR0 to DR3.
   *
   * @param index 0 to 3
   */
  public long address(int index) {
    return kvm_debugregs.db(registers, index);
  }

  public void address(int index, long value) {
    kvm_debugregs.db(registers, index, value);
  }

  /** Status. */
  public long dr6() {
    return kvm_debugregs.dr6(registers);
  }

  public void dr6(long value) {
    kvm_debugregs.dr6(registers, value);
  }

  /** Control. */
  public long dr7() {
    return kvm_debugregs.dr7(registers);
  }

  public void dr7(long value) {
    kvm_debugregs.dr7(registers, value);
  }

  /** A copy that later reads do not change. */
  public byte[] save() {
    return registers.toArray(ValueLayout.JAVA_BYTE);
  }

  /** Puts a {@link #save}d copy back. */
  public void restore(byte[] saved) {
    registers.copyFrom(MemorySegment.ofArray(saved));
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "dr0=%#x dr1=%#x dr2=%#x dr3=%#x dr6=%#x dr7=%#x",
        address(0),
        address(1),
        address(2),
        address(3),
        dr6(),
        dr7());
  }
}
