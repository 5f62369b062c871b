// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.exits;

import dev.kvmpl.attempts.EventDeliveries;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.exits.ExitDispatcher;
import dev.kvmpl.exits.MachineEnd;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.linux.agent.Agent;
import dev.kvmpl.linux.attempts.LinuxSide;
import dev.kvmpl.linux.attempts.ProcessorAttempts;
import dev.kvmpl.linux.devices.Ports;
import dev.kvmpl.linux.protection.Protection;
import dev.kvmpl.processors.ExitHandler;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.processors.Progress;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;

/**
 * What is done with each exit of a machine with Linux: VMPL0's are those of any machine, Linux's
 * are its devices' and what its permissions catch. One exit is handled at a time, under one lock.
 */
public final class LinuxExits implements ExitHandler {
  private static final long ALL_ONES = -1;
  private static final int LOOKS = 3;

  private final ReentrantLock lock = new ReentrantLock();
  private final ExitDispatcher validators;
  private final EventDeliveries deliveries;
  private final Ports ports;
  private final LinuxEnd end;
  private final LinuxSide side;
  private final ProcessorAttempts[] attempts; // by processor

  /**
   * @param validators handles the exits of VMPL0's vCPUs
   * @param deliveries the events of Linux's vCPUs, by their numbers in the machine
   * @param detection trap, or reflect: of what modules store Linux itself is told
   */
  public LinuxExits(
      ExitDispatcher validators,
      EventDeliveries deliveries,
      Ports ports,
      LinuxEnd end,
      LinuxSide side,
      int processors,
      Detection detection) {
    this.validators = validators;
    this.deliveries = deliveries;
    this.ports = ports;
    this.end = end;
    this.side = side;
    this.attempts = new ProcessorAttempts[processors];
    for (int i = 0; i < processors; i++) {
      attempts[i] = new ProcessorAttempts(side, processors > 1, detection == Detection.REFLECT);
    }
  }

  /** Does something that nobody else does meanwhile. */
  public void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Changes what is protected; what cannot be protected as it shall be, or what KVM refuses, is the
   * machine's end. Under {@link #locked}.
   */
  public void protect(Runnable change) {
    try {
      change.run();
    } catch (Protection.ImpossibleException | SyscallException e) {
      end.failed(String.valueOf(e.getMessage()));
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
    side.watching().exit(vcpu.watched(), 0, exit);
    if (!(exit instanceof VcpuExit.Interrupted)) {
      vcpu.progress().exited();
    }
    if (exit instanceof VcpuExit.KvmInternalError error && error.isEventDelivery()) {
      return deliveries.isOver(vcpu, error) ? Next.RESUME : unexpected(vcpu, error);
    }
    deliveries.otherExit(vcpu);
    if (side.agent().isDue()) {
      protect(() -> side.agent().start(vcpu.cpu()));
    }
    return switch (exit) {
      case VcpuExit.Io io -> port(vcpu, io);
      case VcpuExit.Mmio mmio -> memory(vcpu, mmio);
      case VcpuExit.Interrupted ignored -> kicked(vcpu);
      case VcpuExit.Shutdown ignored -> {
        end.reset();
        yield Next.STOP;
      }
      case VcpuExit.FailEntry entry -> unexpected(vcpu, entry);
      case VcpuExit.KvmInternalError error ->
          error.isEmulation() ? waiting(vcpu, error) : unexpected(vcpu, error);
      case VcpuExit.MemoryFault fault -> waiting(vcpu, fault);
      case VcpuExit.Halt halt -> unexpected(vcpu, halt);
      case VcpuExit.InterruptWindow window -> unexpected(vcpu, window);
      case VcpuExit.ReadMsr read -> unexpected(vcpu, read);
      case VcpuExit.WriteMsr write -> unexpected(vcpu, write);
      case OptInExit asked -> unexpected(vcpu, asked);
      case VcpuExit.Unsupported unsupported -> unexpected(vcpu, unsupported);
    };
  }

  private Next port(LevelVcpu vcpu, VcpuExit.Io io) {
    if (io.port() == Agent.PORT && !io.isIn() && io.size() == Integer.BYTES) {
      return agent(vcpu, io.data(0));
    }
    for (int i = 0; i < io.count(); i++) {
      if (io.isIn()) {
        io.answer(i, ports.read(io.port(), io.size()));
      } else {
        ports.write(io.port(), io.size(), io.data(i));
      }
    }
    return Next.RESUME;
  }

  private Next agent(LevelVcpu vcpu, int what) {
    vcpu.cpu().finish();
    if (what == Abi.KVMPL_AGENT_CAUGHT()) {
      attempts(vcpu).caught(vcpu);
    } else if (what == Abi.KVMPL_AGENT_DETECTED()) {
      return next(vcpu, attempts(vcpu).detected(vcpu));
    } else {
      protect(() -> side.agent().call(vcpu, what));
    }
    return Next.RESUME;
  }

  private ProcessorAttempts attempts(LevelVcpu vcpu) {
    return attempts[vcpu.processor().apicId()];
  }

  /**
   * A store to memory that Linux may not write is for VMPL0 to decide about. Where it may by now,
   * because somebody has opened it since the exit, it is done. What is no memory of the guest's,
   * VMPL0's among it, is as if nothing were there.
   */
  private Next memory(LevelVcpu vcpu, VcpuExit.Mmio mmio) {
    if (!mmio.isWrite()) {
      mmio.answer(ALL_ONES);
      return Next.RESUME;
    }
    boolean opened = side.isOpen(mmio.gpa(), mmio.length());
    if (!opened && side.what(mmio.gpa()).isEmpty()) {
      return Next.RESUME;
    }
    return next(vcpu, attempts(vcpu).retired(vcpu, mmio, opened));
  }

  private Next waiting(LevelVcpu vcpu, VcpuExit exit) {
    ProcessorAttempts.Next next = attempts(vcpu).waiting(vcpu);
    return next instanceof ProcessorAttempts.NoStore ? unexpected(vcpu, exit) : next(vcpu, next);
  }

  private Next next(LevelVcpu vcpu, ProcessorAttempts.Next next) {
    return switch (next) {
      case ProcessorAttempts.RunsOn ignored -> Next.RESUME;
      case ProcessorAttempts.NoStore ignored -> Next.RESUME;
      case ProcessorAttempts.Judged ignored -> Next.TAKE_TURNS;
      case ProcessorAttempts.Fails fails -> {
        end.failed(fails.reason() + place(vcpu));
        yield Next.STOP;
      }
    };
  }

  /**
   * A vCPU that has made no exit for long and has the same registers each time it is looked at may
   * be at a store that KVM tries again and again and does not tell of.
   */
  private Next kicked(LevelVcpu vcpu) {
    Progress progress = vcpu.progress();
    if (!progress.isDue() || progress.look(vcpu.cpu().registers()) < LOOKS) {
      return Next.RESUME;
    }
    ProcessorAttempts.Next next = attempts(vcpu).waiting(vcpu);
    if (!(next instanceof ProcessorAttempts.NoStore)) {
      progress.exited();
    }
    return next(vcpu, next);
  }

  private Next unexpected(LevelVcpu vcpu, VcpuExit exit) {
    end.failed(String.format(Locale.ROOT, "KVM_EXIT_%s (%s)%s", exit.name(), exit, place(vcpu)));
    return Next.STOP;
  }

  private String place(LevelVcpu vcpu) {
    Registers registers = vcpu.cpu().registers();
    return String.format(
        Locale.ROOT,
        " on %s at %s, rip %#x, rsp %#x",
        vcpu.name(),
        side.writers().find(registers.rip(), 0).place(),
        registers.rip(),
        registers.rsp());
  }
}
