// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.decode.CpuState;
import dev.kvmpl.kvm.state.Registers;

/** A vCPU's registers as an instruction's address is made of them, read when they are needed. */
public final class VcpuState implements CpuState {
  private final GuestCpu cpu;
  private Registers registers;

  public VcpuState(GuestCpu cpu) {
    this.cpu = cpu;
    this.registers = cpu.registers();
  }

  /** Reads the registers, of a vCPU whose operation is finished. */
  public VcpuState now() {
    registers = cpu.registers();
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
    return cpu.fsBase();
  }

  @Override
  public long gsBase() {
    return cpu.gsBase();
  }
}
