// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Question;
import dev.kvmpl.processors.Turn;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.vmpl.Vmpl;

/**
 * A driver's access to a port or an MSR: judged by VMPL0 from the exit on, and then served by the
 * machine's {@link DeviceRegisters}, or refused. A refused {@code in} reads all ones, as from a bus
 * where nothing answers; a refused {@code rdmsr} or {@code wrmsr} raises #GP. All elements of a
 * string instruction that come in one exit are one operation.
 *
 * <p>Not {@link CaughtAccess}: no page is opened, so each one is judged anew.
 */
final class CaughtRegister implements Question {
  private static final int MSR_BYTES = 8;

  private final Validation validation;
  private final DeviceRegisters registers;
  private final LevelVcpu vcpu;
  private final VcpuExit exit;
  private final Access access;
  private final long number;
  private final int length;
  private long data;

  private CaughtRegister(
      Validation validation,
      DeviceRegisters registers,
      LevelVcpu vcpu,
      VcpuExit exit,
      Access access,
      long number,
      int length,
      long data) {
    this.validation = validation;
    this.registers = registers;
    this.vcpu = vcpu;
    this.exit = exit;
    this.access = access;
    this.number = number;
    this.length = length;
    this.data = data;
  }

  /** What a driver attempts by an exit for a port or an MSR. */
  static CaughtRegister of(
      Validation validation, DeviceRegisters registers, LevelVcpu vcpu, VcpuExit exit) {
    return switch (exit) {
      case VcpuExit.Io io ->
          new CaughtRegister(
              validation,
              registers,
              vcpu,
              io,
              io.isIn() ? Access.PORT_READ : Access.PORT_WRITE,
              io.port(),
              io.size(),
              io.isIn() ? 0 : Integer.toUnsignedLong(io.data(0)));
      case VcpuExit.ReadMsr read ->
          new CaughtRegister(
              validation,
              registers,
              vcpu,
              read,
              Access.MSR_READ,
              Integer.toUnsignedLong(read.index()),
              MSR_BYTES,
              0);
      case VcpuExit.WriteMsr write ->
          new CaughtRegister(
              validation,
              registers,
              vcpu,
              write,
              Access.MSR_WRITE,
              Integer.toUnsignedLong(write.index()),
              MSR_BYTES,
              write.data());
      default -> throw new IllegalArgumentException(exit.name());
    };
  }

  /** Has VMPL0 decide; it runs next. */
  void ask() {
    validation.ask(vcpu, access, number, length, data, this);
  }

  @Override
  public Vmpl level() {
    return vcpu.level();
  }

  @Override
  public Turn answered() {
    Verdict verdict = validation.verdict(vcpu);
    if (verdict.done()) {
      serve();
    } else {
      refuse(verdict);
    }
    validation.judged(vcpu, access, number, length, data, verdict, 0);
    validation.relaunched(vcpu, access, number, length, data);
    return vcpu.turn();
  }

  private void serve() {
    switch (exit) {
      case VcpuExit.Io io -> {
        for (int i = 0; i < io.count(); i++) {
          if (io.isIn()) {
            int value = registers.readPort(io.port(), length);
            io.answer(i, value);
            data = Integer.toUnsignedLong(value);
          } else {
            registers.writePort(io.port(), length, io.data(i));
          }
        }
      }
      case VcpuExit.ReadMsr read -> {
        data = registers.readMsr(read.index());
        read.answer(data);
      }
      case VcpuExit.WriteMsr write -> registers.writeMsr(write.index(), data);
      default -> throw new IllegalStateException(exit.name());
    }
  }

  private void refuse(Verdict verdict) {
    GhcbPage ghcb = validation.ghcb(vcpu);
    if (ghcb != null && access.isOfPort()) {
      ghcb.reportRefusedPort(access, (int) number, length, verdict.code());
    } else if (ghcb != null) {
      ghcb.reportRefusedMsr(access, number, verdict.code());
    }
    switch (exit) {
      case VcpuExit.Io io -> {
        for (int i = 0; io.isIn() && i < io.count(); i++) {
          io.answer(i, -1);
        }
        if (io.isIn()) {
          data = -1L >>> (Long.SIZE - length * Byte.SIZE);
        }
      }
      case VcpuExit.ReadMsr read -> read.refuse();
      case VcpuExit.WriteMsr write -> write.refuse();
      default -> throw new IllegalStateException(exit.name());
    }
  }
}
