// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.MachineSpec.Detection;
import dev.kvmpl.machine.VcpuThread.Next;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What is done with each exit of a machine's vCPUs. One exit is handled at a time: everything that
 * a machine changes while it runs is changed in here, under one lock. What the path exit, verdict,
 * resume does, it does without allocating.
 */
final class Hypervisor {
  private static final int VECTOR_UD = 6;
  private static final int INSTRUCTION_MAX = 15;

  private final ReentrantLock lock = new ReentrantLock();
  private final MachineParts parts;
  private final Detection detection;
  private final Rmp rmp;
  private final CaughtAccess[] caught;
  private final Association association;
  private final RmpInstructions instructions;
  private final GhcbRequests ghcb;
  private final MachineEnd end;
  private final Watchdog watchdog;
  private final DeviceRegisters registers = new DeviceRegisters();
  private final Recorder recorder;

  Hypervisor(MachineParts parts, Detection detection, Recorder recorder) {
    this.parts = parts;
    this.detection = detection;
    this.rmp = parts.rmp();
    this.recorder = recorder;
    this.end = new MachineEnd(parts);
    this.caught = new CaughtAccess[parts.processors().size()];
    for (Processor processor : parts.processors()) {
      caught[processor.apicId()] = new CaughtAccess(parts, processor, recorder, end);
    }
    this.association = new Association(parts, recorder);
    this.instructions = new RmpInstructions(parts, recorder);
    this.watchdog = new Watchdog(parts, end, recorder);
    this.ghcb = new GhcbRequests(parts, association, caught, recorder, end);
  }

  /** How the machine ended; null while it has not. To be asked once its threads have. */
  MachineEnd.@Nullable Ending ending() {
    return end.ending();
  }

  /** Which vCPUs did not get on, for a message; empty if none. To be asked as {@link #ending}. */
  String stalled() {
    return watchdog.report();
  }

  /** Once every {@link Watchdog#PERIOD_NS}, from outside of the vCPUs' threads. */
  void watch() {
    lock.lock();
    try {
      watchdog.tick();
    } catch (SyscallException e) {
      // The kick comes again after the next period.
    } finally {
      lock.unlock();
    }
  }

  /** A thread of the machine has thrown. */
  void crashed(LevelVcpu vcpu, Throwable cause) {
    lock.lock();
    try {
      String what =
          cause instanceof SyscallException refused
              ? String.valueOf(refused.getMessage())
              : "internal failure, please report it: " + cause;
      end.failed(String.format(Locale.ROOT, "%s on %s", what, vcpu.name()), cause);
    } finally {
      lock.unlock();
    }
  }

  /** When pages change. */
  PageChanges changes() {
    return parts.changes();
  }

  /** Handles an exit of the vCPU whose thread calls. */
  Next handle(LevelVcpu vcpu, VcpuExit exit) {
    lock.lock();
    try {
      if (end.ending() != null) {
        return Next.STOP;
      }
      Next next = dispatch(vcpu, exit);
      return end.ending() != null ? Next.STOP : next; // what VMPL0 answered may end it too
    } finally {
      lock.unlock();
    }
  }

  private Next dispatch(LevelVcpu vcpu, VcpuExit exit) {
    recorder.exit(vcpu, exit);
    if (!(exit instanceof VcpuExit.Interrupted)) {
      vcpu.progress.exited();
    }
    if (vcpu.destroyed) {
      association.taken(vcpu);
      return Next.TAKE_TURNS;
    }
    if (exit instanceof VcpuExit.KvmInternalError error && error.isEventDelivery()) {
      if (EventDelivery.isOver(vcpu, error)) {
        return Next.RESUME;
      }
    } else {
      vcpu.ranAgainFor = Vcpu.UNMAPPED;
    }
    dropUndetected(vcpu, exit);
    return switch (exit) {
      case VcpuExit.Mmio mmio -> access(vcpu, mmio);
      case VcpuExit.WriteMsr write ->
          write.index() == GhcbMsr.INDEX ? ghcb.written(vcpu, write) : write(vcpu, write);
      case VcpuExit.ReadMsr read -> {
        if (read.index() != GhcbMsr.INDEX) {
          yield read(vcpu, read);
        }
        read.answer(vcpu.ghcb.msrAnswer);
        yield Next.RESUME;
      }
      case VcpuExit.Io io -> port(vcpu, io);
      case VcpuExit.KvmInternalError error -> internalError(vcpu, error);
      case VcpuExit.InterruptWindow ignored -> {
        vcpu.vcpu().requestInterruptWindow(false);
        yield ghcb.injectPending(vcpu);
      }
      case VcpuExit.Interrupted ignored -> watchdog.kicked(vcpu);
      case VcpuExit.Halt halt ->
          vcpu == parts.kernel() && vcpu.driver == 0 && association.awaited()
              ? Next.TAKE_TURNS
              : end.unexpected(vcpu, halt, "");
      case VcpuExit.Shutdown shutdown -> end.unexpected(vcpu, shutdown, " (triple fault)");
      case VcpuExit.FailEntry entry ->
          end.unexpected(
              vcpu, entry, String.format(Locale.ROOT, " (hardware reason %#x)", entry.reason()));
      case VcpuExit.MemoryFault fault -> end.unexpected(vcpu, fault, "");
      case VcpuExit.Unsupported unsupported ->
          end.unexpected(
              vcpu,
              unsupported,
              String.format(Locale.ROOT, " (exit reason %d)", unsupported.reason()));
    };
  }

  /**
   * A guest kernel that was told of a store has to ask for VMPL0 next. If it does something else,
   * the store is not done: it must not land later, when nobody expects it.
   */
  private void dropUndetected(LevelVcpu vcpu, VcpuExit exit) {
    CaughtAccess attempt = caught[vcpu.processor().apicId()];
    boolean asks =
        exit instanceof VcpuExit.WriteMsr write
            && write.index() == GhcbMsr.INDEX
            && GhcbMsr.info(write.data()) == Abi.GHCB_MSR_RUN_VMPL_REQUEST();
    if (attempt.isReflected()
        && vcpu.level() != Vmpl.VMPL0
        && !asks
        && !(exit instanceof VcpuExit.Interrupted)) {
      attempt.refuseUndetected();
    }
  }

  /** An access that the level's slots do not allow. */
  private Next access(LevelVcpu vcpu, VcpuExit.Mmio mmio) {
    if (vcpu.level() == Vmpl.VMPL0) {
      return end.unexpected(
          vcpu,
          mmio,
          String.format(
              Locale.ROOT,
              " (%s of %d bytes at gpa %#x)",
              mmio.isWrite() ? "write" : "read",
              mmio.length(),
              mmio.gpa()));
    }
    CaughtAccess attempt = caught[vcpu.processor().apicId()];
    if (!mmio.isWrite()) {
      attempt.load(vcpu, mmio);
      attempt.ask();
      return Next.TAKE_TURNS;
    }
    if (!attempt.store(vcpu, mmio)) {
      return end.unexpected(
          vcpu,
          mmio,
          String.format(
              Locale.ROOT,
              " (a store of more parts than KVM can tell of, at gpa %#x)",
              mmio.gpa()));
    }
    if (detection == Detection.REFLECT && vcpu == parts.kernel() && vcpu.driver != 0) {
      if (!attempt.reflect()) {
        attempt.refuseUndetected();
      }
    } else {
      attempt.ask();
    }
    return Next.TAKE_TURNS;
  }

  private Next port(LevelVcpu vcpu, VcpuExit.Io io) {
    if (instructions.served(vcpu, io)) {
      return Next.RESUME;
    }
    String detail =
        String.format(
            Locale.ROOT,
            " (%s, port %#x, %d bytes)",
            io.isIn() ? "in" : "out",
            io.port(),
            io.size());
    return register(vcpu, io, detail);
  }

  private Next read(LevelVcpu vcpu, VcpuExit.ReadMsr read) {
    if (hasMsrs(vcpu)) {
      return register(vcpu, read, String.format(Locale.ROOT, " (MSR %#x)", read.index()));
    }
    read.refuse();
    return Next.RESUME;
  }

  private Next write(LevelVcpu vcpu, VcpuExit.WriteMsr write) {
    if (hasMsrs(vcpu)) {
      return register(vcpu, write, String.format(Locale.ROOT, " (MSR %#x)", write.index()));
    }
    write.refuse();
    return Next.RESUME;
  }

  /** Whether there are MSRs beside {@link GuestMsrs}: if not, using one is #GP as on any CPU. */
  private boolean hasMsrs(LevelVcpu vcpu) {
    return vcpu.level() != Vmpl.VMPL0 && parts.permissionsStored() && !association.hosts(vcpu);
  }

  /** A port or an MSR: a driver's, where permissions are stored, is for VMPL0 to decide. */
  private Next register(LevelVcpu vcpu, VcpuExit exit, String detail) {
    if (vcpu.driver == 0 || !parts.permissionsStored()) {
      return end.unexpected(vcpu, exit, detail);
    }
    CaughtRegister attempt = CaughtRegister.of(parts, registers, vcpu, exit, recorder);
    attempt.ask();
    return Next.TAKE_TURNS;
  }

  private Next internalError(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (error.isEventDelivery()) {
      return eventDelivery(vcpu, error);
    }
    if (!association.hosts(vcpu) && instructions.served(vcpu, error)) {
      return Next.RESUME;
    }
    long fetched = vcpu.level() == Vmpl.VMPL0 ? Vcpu.UNMAPPED : absentFetch(vcpu);
    if (fetched != Vcpu.UNMAPPED) {
      CaughtAccess attempt = caught[vcpu.processor().apicId()];
      attempt.fetch(vcpu, fetched);
      attempt.ask();
      return Next.TAKE_TURNS;
    }
    if (association.hosts(vcpu) && error.isEmulation()) { // the guest kernel's to deal with
      vcpu.vcpu().injectException(VECTOR_UD);
      return Next.RESUME;
    }
    return end.unexpected(vcpu, error, String.format(Locale.ROOT, " (%s)", error));
  }

  /** An access that the level's slots do not allow, in the midst of an event's delivery. */
  private Next eventDelivery(LevelVcpu vcpu, VcpuExit.KvmInternalError error) {
    if (vcpu.level() == Vmpl.VMPL0 || !parts.memory().contains(error.gpa(), 1)) {
      return end.unexpected(vcpu, error, String.format(Locale.ROOT, " (%s)", error));
    }
    new EventDelivery(parts, recorder, vcpu, error).ask();
    return Next.TAKE_TURNS;
  }

  /**
   * The address of the instruction byte that the level may not fetch, if that is why KVM gave up:
   * it says no more than that it could not emulate what is at RIP.
   */
  private long absentFetch(LevelVcpu vcpu) {
    long rip = vcpu.vcpu().registers().rip();
    long nextPage = (rip | (PageRange.PAGE_SIZE - 1)) + 1;
    long first = absent(vcpu, rip);
    return first != Vcpu.UNMAPPED || nextPage - rip >= INSTRUCTION_MAX
        ? first
        : absent(vcpu, nextPage);
  }

  private long absent(LevelVcpu vcpu, long address) {
    long gpa = vcpu.vcpu().translate(address);
    return gpa != Vcpu.UNMAPPED && !rmp.allows(gpa, 1, vcpu.level(), PagePermissions.READ)
        ? gpa
        : Vcpu.UNMAPPED;
  }
}
