// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.kvm.kvm_regs;
import java.lang.foreign.MemorySegment;

/**
 * A vCPU's general registers, as {@link Vcpu#registers} read them and {@link Vcpu#setRegisters}
 * writes them.
 */
public final class Registers {
  private final MemorySegment regs;

  Registers(MemorySegment regs) {
    this.regs = regs;
  }

  MemorySegment segment() {
    return regs;
  }

  public long rip() {
    return kvm_regs.rip(regs);
  }

  public void rip(long value) {
    kvm_regs.rip(regs, value);
  }

  public long rsp() {
    return kvm_regs.rsp(regs);
  }

  public void rsp(long value) {
    kvm_regs.rsp(regs, value);
  }

  public long rflags() {
    return kvm_regs.rflags(regs);
  }

  public void rflags(long value) {
    kvm_regs.rflags(regs, value);
  }

  public long rax() {
    return kvm_regs.rax(regs);
  }

  public void rax(long value) {
    kvm_regs.rax(regs, value);
  }

  public long rcx() {
    return kvm_regs.rcx(regs);
  }

  public long rdx() {
    return kvm_regs.rdx(regs);
  }

  public long rsi() {
    return kvm_regs.rsi(regs);
  }

  public long rdi() {
    return kvm_regs.rdi(regs);
  }

  public void rdi(long value) {
    kvm_regs.rdi(regs, value);
  }

  /** All general registers to 0. */
  public void clear() {
    regs.fill((byte) 0);
  }

  /** A copy that later reads do not change. */
  public byte[] save() {
    return regs.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
  }

  /** Puts a {@link #save}d copy back. */
  public void restore(byte[] saved) {
    regs.copyFrom(MemorySegment.ofArray(saved));
  }

  @Override
  public String toString() {
    return String.format(
        "rip=%#x rsp=%#x rflags=%#x rax=%#x rbx=%#x rcx=%#x rdx=%#x rsi=%#x rdi=%#x rbp=%#x"
            + " r8=%#x r9=%#x r10=%#x r11=%#x r12=%#x r13=%#x r14=%#x r15=%#x",
        rip(),
        rsp(),
        rflags(),
        rax(),
        kvm_regs.rbx(regs),
        rcx(),
        rdx(),
        rsi(),
        rdi(),
        kvm_regs.rbp(regs),
        kvm_regs.r8(regs),
        kvm_regs.r9(regs),
        kvm_regs.r10(regs),
        kvm_regs.r11(regs),
        kvm_regs.r12(regs),
        kvm_regs.r13(regs),
        kvm_regs.r14(regs),
        kvm_regs.r15(regs));
  }
}
