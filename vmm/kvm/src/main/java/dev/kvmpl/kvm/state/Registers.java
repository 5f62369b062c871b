// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_REGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_REGS;

import dev.kvmpl.bindings.kvm.kvm_regs;
import dev.kvmpl.kvm.fd.VcpuState;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/** A vCPU's general registers, RIP and RFLAGS: struct kvm_regs (api.rst 4.11, 4.12). */
public final class Registers extends VcpuState {
  private final MemorySegment regs = segment();

  /** All 0. */
  public Registers() {
    this(allocate(kvm_regs.layout()));
  }

  Registers(MemorySegment segment) {
    super("REGS", KVM_GET_REGS(), KVM_SET_REGS(), segment);
  }

  public long rax() {
    return kvm_regs.rax(regs);
  }

  public void rax(long value) {
    kvm_regs.rax(regs, value);
  }

  public long rbx() {
    return kvm_regs.rbx(regs);
  }

  public void rbx(long value) {
    kvm_regs.rbx(regs, value);
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

  public void rsi(long value) {
    kvm_regs.rsi(regs, value);
  }

  public long rdi() {
    return kvm_regs.rdi(regs);
  }

  public void rdi(long value) {
    kvm_regs.rdi(regs, value);
  }

  public long rsp() {
    return kvm_regs.rsp(regs);
  }

  public void rsp(long value) {
    kvm_regs.rsp(regs, value);
  }

  public long rbp() {
    return kvm_regs.rbp(regs);
  }

  public void rbp(long value) {
    kvm_regs.rbp(regs, value);
  }

  public long r8() {
    return kvm_regs.r8(regs);
  }

  public void r8(long value) {
    kvm_regs.r8(regs, value);
  }

  public long r9() {
    return kvm_regs.r9(regs);
  }

  public void r9(long value) {
    kvm_regs.r9(regs, value);
  }

  public long r10() {
    return kvm_regs.r10(regs);
  }

  public void r10(long value) {
    kvm_regs.r10(regs, value);
  }

  public long r11() {
    return kvm_regs.r11(regs);
  }

  public void r11(long value) {
    kvm_regs.r11(regs, value);
  }

  public long r12() {
    return kvm_regs.r12(regs);
  }

  public void r12(long value) {
    kvm_regs.r12(regs, value);
  }

  public long r13() {
    return kvm_regs.r13(regs);
  }

  public void r13(long value) {
    kvm_regs.r13(regs, value);
  }

  public long r14() {
    return kvm_regs.r14(regs);
  }

  public void r14(long value) {
    kvm_regs.r14(regs, value);
  }

  public long r15() {
    return kvm_regs.r15(regs);
  }

  public void r15(long value) {
    kvm_regs.r15(regs, value);
  }

  public long rip() {
    return kvm_regs.rip(regs);
  }

  public void rip(long value) {
    kvm_regs.rip(regs, value);
  }

  public long rflags() {
    return kvm_regs.rflags(regs);
  }

  public void rflags(long value) {
    kvm_regs.rflags(regs, value);
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
      case 3 -> rbx();
      case 4 -> rsp();
      case 5 -> rbp();
      case 6 -> rsi();
      case 7 -> rdi();
      case 8 -> r8();
      case 9 -> r9();
      case 10 -> r10();
      case 11 -> r11();
      case 12 -> r12();
      case 13 -> r13();
      case 14 -> r14();
      case 15 -> r15();
      default -> throw new IllegalArgumentException("register " + number + ", allowed are 0 to 15");
    };
  }

  /** Changes a general register by its number, as {@link #byNumber(int)} has it. */
  public void byNumber(int number, long value) {
    switch (number) {
      case 0 -> rax(value);
      case 1 -> rcx(value);
      case 2 -> rdx(value);
      case 3 -> rbx(value);
      case 4 -> rsp(value);
      case 5 -> rbp(value);
      case 6 -> rsi(value);
      case 7 -> rdi(value);
      case 8 -> r8(value);
      case 9 -> r9(value);
      case 10 -> r10(value);
      case 11 -> r11(value);
      case 12 -> r12(value);
      case 13 -> r13(value);
      case 14 -> r14(value);
      case 15 -> r15(value);
      default -> throw new IllegalArgumentException("register " + number + ", allowed are 0 to 15");
    }
  }

  /** All of them to 0. */
  public void clear() {
    regs.fill((byte) 0);
  }

  /** A copy that later reads do not change. */
  public byte[] save() {
    return regs.toArray(ValueLayout.JAVA_BYTE);
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
        rbx(),
        rcx(),
        rdx(),
        rsi(),
        rdi(),
        rbp(),
        r8(),
        r9(),
        r10(),
        r11(),
        r12(),
        r13(),
        r14(),
        r15());
  }
}
