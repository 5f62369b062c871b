// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.exits.ExitDispatcher;
import dev.kvmpl.exits.MachineEnd;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.linux.devices.Ports;
import dev.kvmpl.processors.ExitHandler;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is done with each exit of a machine with Linux: VMPL0's are those of any machine, Linux's
 * are its devices' and what its permissions catch. One exit is handled at a time, under one lock.
 */
final class LinuxExits implements ExitHandler {
  private static final long ALL_ONES = -1;

  private final ReentrantLock lock = new ReentrantLock();
  private final ExitDispatcher validators;
  private final Ports ports;
  private final LinuxEnd end;

  /**
   * @param validators handles the exits of VMPL0's vCPUs
   */
  LinuxExits(ExitDispatcher validators, Ports ports, LinuxEnd end) {
    this.validators = validators;
    this.ports = ports;
    this.end = end;
  }

  /** Does something that nobody else does meanwhile. */
  void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public long now() {
    return validators.now();
  }

  @Override
  public void crashed(LevelVcpu vcpu, Throwable cause) {
    String what =
        cause instanceof SyscallException refused
            ? String.valueOf(refused.getMessage())
            : "internal failure, please report it: " + cause;
    locked(() -> end.failed(what + " on " + vcpu.name()));
  }

  @Override
  public Next handle(LevelVcpu vcpu, VcpuExit exit) {
    lock.lock();
    try {
      if (end.ending() != null) {
        return Next.STOP;
      }
      Next next = vcpu.level() == Vmpl.VMPL0 ? validators.handle(vcpu, exit) : linux(vcpu, exit);
      MachineEnd.Ending failed = validators.ending();
      if (failed != null) {
        end.failed(failed.message());
      }
      return end.ending() != null ? Next.STOP : next;
    } finally {
      lock.unlock();
    }
  }

  private Next linux(LevelVcpu vcpu, VcpuExit exit) {
    if (!(exit instanceof VcpuExit.Interrupted)) {
      vcpu.progress().exited();
    }
    return switch (exit) {
      case VcpuExit.Io io -> port(io);
      case VcpuExit.Mmio mmio -> memory(mmio);
      case VcpuExit.Interrupted ignored -> Next.RESUME;
      case VcpuExit.Shutdown ignored -> {
        end.reset();
        yield Next.STOP;
      }
      case VcpuExit.FailEntry entry -> unexpected(vcpu, entry);
      case VcpuExit.KvmInternalError error -> unexpected(vcpu, error);
      case VcpuExit.MemoryFault fault -> unexpected(vcpu, fault);
      case VcpuExit.Halt halt -> unexpected(vcpu, halt);
      case VcpuExit.InterruptWindow window -> unexpected(vcpu, window);
      case VcpuExit.ReadMsr read -> unexpected(vcpu, read);
      case VcpuExit.WriteMsr write -> unexpected(vcpu, write);
      case OptInExit asked -> unexpected(vcpu, asked);
      case VcpuExit.Unsupported unsupported -> unexpected(vcpu, unsupported);
    };
  }

  private Next port(VcpuExit.Io io) {
    for (int i = 0; i < io.count(); i++) {
      if (io.isIn()) {
        io.answer(i, ports.read(io.port(), io.size()));
      } else {
        ports.write(io.port(), io.size(), io.data(i));
      }
    }
    return Next.RESUME;
  }

  /** What is no memory of the guest's, VMPL0's among it, is as if nothing were there. */
  private static Next memory(VcpuExit.Mmio mmio) {
    if (!mmio.isWrite()) {
      mmio.answer(ALL_ONES);
    }
    return Next.RESUME;
  }

  private Next unexpected(LevelVcpu vcpu, VcpuExit exit) {
    Registers registers = vcpu.cpu().registers();
    end.failed(
        String.format(
            Locale.ROOT,
            "KVM_EXIT_%s (%s) on %s at rip %#x, rsp %#x",
            exit.name(),
            exit,
            vcpu.name(),
            registers.rip(),
            registers.rsp()));
    return Next.STOP;
  }
}
