// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.decode.CpuState;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.Vcpu;

/** A vCPU's registers as an instruction's address is made of them, read when they are needed. */
final class VcpuState implements CpuState {
  private final Vcpu vcpu;
  private Registers registers;

  VcpuState(Vcpu vcpu) {
    this.vcpu = vcpu;
    this.registers = vcpu.registers();
  }

  /** Reads the registers, of a vCPU whose operation is finished. */
  VcpuState now() {
    registers = vcpu.registers();
    return this;
  }

  @Override
  public long general(int number) {
    return registers.byNumber(number);
  }

  @Override
  public long rip() {
    return registers.rip();
  }

  @Override
  public long rflags() {
    return registers.rflags();
  }

  @Override
  public long fsBase() {
    return vcpu.fsBase();
  }

  @Override
  public long gsBase() {
    return vcpu.gsBase();
  }
}
