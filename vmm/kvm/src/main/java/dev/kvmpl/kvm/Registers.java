// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.kvm.kvm_regs;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/**
 * A vCPU's general registers, as {@link Vcpu#registers} read them and {@link Vcpu#setRegisters}
 * writes them.
 */
public final class Registers {
  private final MemorySegment regs;

  /** All 0, of no vCPU. */
  public Registers() {
    this(MemorySegment.ofArray(new long[(int) (kvm_regs.sizeof() / Long.BYTES)]));
  }

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

  public void rcx(long value) {
    kvm_regs.rcx(regs, value);
  }

  public long rdx() {
    return kvm_regs.rdx(regs);
  }

  public void rdx(long value) {
    kvm_regs.rdx(regs, value);
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

  /**
   * A general register by the number that instructions have for it (AMD manual volume 3, table
   * 2-2).
   *
   * @param number 0 to 15: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 ... R15
   */
  public long byNumber(int number) {
    return switch (number) {
      case 0 -> rax();
      case 1 -> rcx();
      case 2 -> rdx();
      case 3 -> kvm_regs.rbx(regs);
      case 4 -> rsp();
      case 5 -> kvm_regs.rbp(regs);
      case 6 -> rsi();
      case 7 -> rdi();
      case 8 -> kvm_regs.r8(regs);
      case 9 -> kvm_regs.r9(regs);
      case 10 -> kvm_regs.r10(regs);
      case 11 -> kvm_regs.r11(regs);
      case 12 -> kvm_regs.r12(regs);
      case 13 -> kvm_regs.r13(regs);
      case 14 -> kvm_regs.r14(regs);
      case 15 -> kvm_regs.r15(regs);
      default -> throw new IllegalArgumentException("register " + number + ", allowed are 0 to 15");
    };
  }

  /** Changes a general register by its number, as {@link #byNumber(int)} has it. */
  public void byNumber(int number, long value) {
    switch (number) {
      case 0 -> rax(value);
      case 1 -> rcx(value);
      case 2 -> rdx(value);
      case 3 -> kvm_regs.rbx(regs, value);
      case 4 -> rsp(value);
      case 5 -> kvm_regs.rbp(regs, value);
      case 6 -> kvm_regs.rsi(regs, value);
      case 7 -> rdi(value);
      case 8 -> kvm_regs.r8(regs, value);
      case 9 -> kvm_regs.r9(regs, value);
      case 10 -> kvm_regs.r10(regs, value);
      case 11 -> kvm_regs.r11(regs, value);
      case 12 -> kvm_regs.r12(regs, value);
      case 13 -> kvm_regs.r13(regs, value);
      case 14 -> kvm_regs.r14(regs, value);
      case 15 -> kvm_regs.r15(regs, value);
      default -> throw new IllegalArgumentException("register " + number + ", allowed are 0 to 15");
    }
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
        Locale.ROOT,
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
