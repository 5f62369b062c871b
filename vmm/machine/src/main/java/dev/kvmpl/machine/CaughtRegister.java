// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.RunResult.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;

/**
 * A driver's access to a port or an MSR: judged by VMPL0 from the exit on, and then served by the
 * machine's {@link DeviceRegisters}, or refused. A refused {@code in} reads all ones, as from a bus
 * where nothing answers; a refused {@code rdmsr} or {@code wrmsr} raises #GP. All elements of a
 * string instruction that come in one exit are one operation.
 *
 * <p>Not {@link CaughtAccess}: no page is opened, so each one is judged anew.
 */
final class CaughtRegister implements Processor.Question {
  private static final int MSR_BYTES = 8;

  private final MachineParts parts;
  private final DeviceRegisters registers;
  private final LevelVcpu vcpu;
  private final VcpuExit exit;
  private final Access access;
  private final long number;
  private final int length;
  private final Recorder recorder;
  private long data;

  private CaughtRegister(
      MachineParts parts,
      DeviceRegisters registers,
      LevelVcpu vcpu,
      VcpuExit exit,
      Access access,
      long number,
      int length,
      long data,
      Recorder recorder) {
    this.parts = parts;
    this.registers = registers;
    this.vcpu = vcpu;
    this.exit = exit;
    this.access = access;
    this.number = number;
    this.length = length;
    this.data = data;
    this.recorder = recorder;
  }

  /** What a driver attempts by an exit for a port or an MSR. */
  static CaughtRegister of(
      MachineParts parts,
      DeviceRegisters registers,
      LevelVcpu vcpu,
      VcpuExit exit,
      Recorder recorder) {
    return switch (exit) {
      case VcpuExit.Io io ->
          new CaughtRegister(
              parts,
              registers,
              vcpu,
              io,
              io.isIn() ? Access.PORT_READ : Access.PORT_WRITE,
              io.port(),
              io.size(),
              io.isIn() ? 0 : Integer.toUnsignedLong(io.data(0)),
              recorder);
      case VcpuExit.ReadMsr read ->
          new CaughtRegister(
              parts,
              registers,
              vcpu,
              read,
              Access.MSR_READ,
              Integer.toUnsignedLong(read.index()),
              MSR_BYTES,
              0,
              recorder);
      case VcpuExit.WriteMsr write ->
          new CaughtRegister(
              parts,
              registers,
              vcpu,
              write,
              Access.MSR_WRITE,
              Integer.toUnsignedLong(write.index()),
              MSR_BYTES,
              write.data(),
              recorder);
      default -> throw new IllegalArgumentException(exit.name());
    };
  }

  /** Has VMPL0 decide; it runs next. */
  void ask() {
    Processor processor = vcpu.processor();
    step(Step.EXIT1, vcpu);
    parts.reportTables(vcpu);
    processor
        .request()
        .askToAccess(vcpu.driver, vcpu.level().number(), access, number, length, data);
    step(Step.LAUNCH, processor.vcpuOf(Vmpl.VMPL0));
    processor.ask(this);
  }

  @Override
  public Vmpl level() {
    return vcpu.level();
  }

  @Override
  public Turn answered() {
    Verdict verdict = Verdict.of(vcpu.processor().request().result());
    if (verdict.done()) {
      serve();
    } else {
      refuse(verdict);
    }
    if (recorder.keepsOperations()) {
      recorder.judged(vcpu, new Operation(vcpu.driver, access, number, length, data, verdict, 0));
    }
    step(Step.RELAUNCH, vcpu);
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
    GhcbPage ghcb = vcpu.usableGhcb(parts.rmp());
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

  private void step(Step step, LevelVcpu of) {
    recorder.step(step, of, vcpu.driver, access, number, length, data);
  }
}
