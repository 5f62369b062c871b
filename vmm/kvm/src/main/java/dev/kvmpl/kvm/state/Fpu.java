// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_FPU;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_FPU;

import dev.kvmpl.bindings.kvm.kvm_fpu;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;

/**
 * A vCPU's x87 and SSE registers: struct kvm_fpu (api.rst 4.22, 4.23). KVM neither tells nor takes
 * MXCSR here; it is in {@link Xsave}.
 */
public final class Fpu extends VcpuState {
  /** Bytes that KVM has for each {@link #st}: 10 that count, then padding. */
  public static final int REGISTER_BYTES = 16;

  private static final int X87_REGISTERS = 8;
  private static final int SSE_REGISTERS = 16;

  private final MemorySegment fpu = segment();

  /** All 0: x87 exceptions are on, which no CPU starts with. */
  public Fpu() {
    super("FPU", KVM_GET_FPU(), KVM_SET_FPU(), allocate(kvm_fpu.layout()));
  }

  /**
   * A copy of ST(i), little-endian.
   *
   * @param index 0 to 7
   */
  public byte[] st(int index) {
    return register(kvm_fpu.fpr(fpu), index, X87_REGISTERS).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * Changes ST(i).
   *
   * @param index 0 to 7
   * @param value {@link #REGISTER_BYTES}
   */
  public void st(int index, byte[] value) {
    register(kvm_fpu.fpr(fpu), index, X87_REGISTERS).copyFrom(checked(value));
  }

  /**
   * A copy of XMMi, little-endian.
   *
   * @param index 0 to 15
   */
  public byte[] xmm(int index) {
    return register(kvm_fpu.xmm(fpu), index, SSE_REGISTERS).toArray(ValueLayout.JAVA_BYTE);
  }

  /**
   * Changes XMMi.
   *
   * @param index 0 to 15
   * @param value {@link #REGISTER_BYTES}
   */
  public void xmm(int index, byte[] value) {
    register(kvm_fpu.xmm(fpu), index, SSE_REGISTERS).copyFrom(checked(value));
  }

  /** x87 control word (FCW). */
  public int controlWord() {
    return Short.toUnsignedInt(kvm_fpu.fcw(fpu));
  }

  public void controlWord(int value) {
    kvm_fpu.fcw(fpu, (short) value);
  }

  /** x87 status word (FSW). */
  public int statusWord() {
    return Short.toUnsignedInt(kvm_fpu.fsw(fpu));
  }

  public void statusWord(int value) {
    kvm_fpu.fsw(fpu, (short) value);
  }

  /** x87 tags as FXSAVE has them: a bit a register, 1 for one in use. */
  public int tagWord() {
    return Byte.toUnsignedInt(kvm_fpu.ftwx(fpu));
  }

  public void tagWord(int value) {
    kvm_fpu.ftwx(fpu, (byte) value);
  }

  /** Of the last x87 instruction: 11 bits. */
  public int lastOpcode() {
    return Short.toUnsignedInt(kvm_fpu.last_opcode(fpu));
  }

  public void lastOpcode(int value) {
    kvm_fpu.last_opcode(fpu, (short) value);
  }

  /** Where the last x87 instruction is. */
  public long lastInstruction() {
    return kvm_fpu.last_ip(fpu);
  }

  public void lastInstruction(long value) {
    kvm_fpu.last_ip(fpu, value);
  }

  /** Where its operand is. */
  public long lastData() {
    return kvm_fpu.last_dp(fpu);
  }

  public void lastData(long value) {
    kvm_fpu.last_dp(fpu, value);
  }

  private static MemorySegment register(MemorySegment all, int index, int count) {
    return all.asSlice((long) Objects.checkIndex(index, count) * REGISTER_BYTES, REGISTER_BYTES);
  }

  private static MemorySegment checked(byte[] value) {
    if (value.length != REGISTER_BYTES) {
      throw new IllegalArgumentException(value.length + " bytes, a register has 16");
    }
    return MemorySegment.ofArray(value);
  }

  @Override
  public String toString() {
    StringBuilder text =
        new StringBuilder(
            String.format(
                Locale.ROOT, "fcw=%#x fsw=%#x ftw=%#x", controlWord(), statusWord(), tagWord()));
    for (int i = 0; i < X87_REGISTERS; i++) {
      text.append(" st").append(i).append('=').append(HexFormat.of().formatHex(st(i)));
    }
    for (int i = 0; i < SSE_REGISTERS; i++) {
      text.append(" xmm").append(i).append('=').append(HexFormat.of().formatHex(xmm(i)));
    }
    return text.toString();
  }
}
