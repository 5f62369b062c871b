// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.attempts.CaughtAccess;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.drivers.Association;
import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.drivers.VcpuRequests;
import dev.kvmpl.enforcement.GuestMsrs;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.ExitHandler;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What is done with each exit of a machine's vCPUs. One exit is handled at a time: everything that
 * a machine changes while it runs is changed in here, under one lock. What the path exit, verdict,
 * resume does, it does without allocating.
 */
public final class ExitDispatcher implements ExitHandler {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition resumed = lock.newCondition();
  private boolean paused;
  private int waiting; // vCPUs that have left the guest of a paused machine

  private final Processors processors;
  private final Permissions permissions;
  private final Drivers drivers;
  private final VcpuRequests requests;
  private final Attempts attempts;
  private final RmpInstructions instructions;
  private final Reflection reflection;
  private final UnfinishedInstructions unfinished;
  private final GhcbRequests ghcb;
  private final MachineEnd end;
  private final Watchdog watchdog;
  private final Observers observers;

  /** What is told to {@code observers} is told under the lock. */
  public ExitDispatcher(
      GuestMemory memory,
      MemoryLayout layout,
      Detection detection,
      Processors processors,
      Permissions permissions,
      Drivers drivers,
      Attempts attempts,
      Observers observers) {
    this.processors = processors;
    this.permissions = permissions;
    this.drivers = drivers;
    this.attempts = attempts;
    this.observers = observers;
    this.end = new MachineEnd(memory, drivers, observers);
    this.requests = new VcpuRequests(memory, processors, permissions, drivers, observers);
    this.instructions = new RmpInstructions(memory, permissions, drivers, observers);
    this.reflection = new Reflection(detection, processors, drivers, attempts, end);
    this.unfinished =
        new UnfinishedInstructions(
            memory, permissions, requests, attempts, reflection, instructions, end);
    this.watchdog = new Watchdog(memory, permissions, processors, attempts, end);
    this.ghcb =
        new GhcbRequests(
            memory, layout, processors, permissions, drivers, requests, attempts, observers, end);
  }

  /** How the machine ended; null while it has not. To be asked once its threads have. */
  public MachineEnd.@Nullable Ending ending() {
    return end.ending();
  }

  /** Which vCPUs did not get on, for a message; empty if none. To be asked as {@link #ending}. */
  public String stalled() {
    return watchdog.report();
  }

  /** Once every {@link Watchdog#PERIOD_NS}, from outside of the vCPUs' threads. */
  public void watch() {
    lock.lock();
    try {
      watchdog.tick();
    } catch (SyscallException e) {
      // The kick comes again after the next period.
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void crashed(LevelVcpu vcpu, Throwable cause) {
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

  @Override
  public long now() {
    return permissions.changes().now();
  }

  @Override
  public Next handle(LevelVcpu vcpu, VcpuExit exit) {
    lock.lock();
    try {
      if (end.ending() != null) {
        return Next.STOP;
      }
      Next next = dispatch(vcpu, exit);
      if (observers.takePause() && !paused && end.ending() == null) {
        pause();
      }
      waitWhilePaused();
      return end.ending() != null ? Next.STOP : next; // what VMPL0 answered may end it too
    } finally {
      lock.unlock();
    }
  }

  /** Has all vCPUs leave the guest; their threads wait in {@link #handle}. */
  private void pause() {
    paused = true;
    for (Processor processor : processors.all()) {
      LevelVcpu running = processor.running();
      if (running != null) {
        running.kick();
      }
    }
  }

  private void waitWhilePaused() {
    waiting++;
    tellIfAllWait();
    while (paused && end.ending() == null) {
      resumed.awaitUninterruptibly();
    }
    waiting--;
  }

  /** A vCPU that waits here has left the guest, and its processor's turn does not go on. */
  private void tellIfAllWait() {
    if (!paused || end.ending() != null) {
      return;
    }
    int running = 0;
    for (Processor processor : processors.all()) {
      running += processor.running() == null ? 0 : 1;
    }
    if (waiting >= running) {
      observers.paused();
    }
  }

  /** Pauses the machine. May be called from any thread, and if it is paused. */
  public void pauseSoon() {
    lock.lock();
    try {
      if (!paused && end.ending() == null) {
        pause();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets a paused machine go on. May be called from any thread, and if it is not paused. */
  public void resume() {
    lock.lock();
    try {
      paused = false;
      resumed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Next dispatch(LevelVcpu vcpu, VcpuExit exit) {
    observers.exit(vcpu.watched(), drivers.driverOf(vcpu), exit);
    if (!(exit instanceof VcpuExit.Interrupted)) {
      vcpu.progress().exited();
    }
    if (requests.isTaken(vcpu)) {
      requests.taken(vcpu);
      return Next.TAKE_TURNS;
    }
    if (exit instanceof VcpuExit.KvmInternalError error && error.isEventDelivery()) {
      if (attempts.deliveries().isOver(vcpu, error)) {
        return Next.RESUME;
      }
    } else {
      attempts.deliveries().otherExit(vcpu);
    }
    reflection.notice(vcpu, exit);
    return switch (exit) {
      case VcpuExit.Mmio mmio -> access(vcpu, mmio);
      case VcpuExit.WriteMsr write ->
          write.index() == GhcbMsr.INDEX ? ghcb.written(vcpu, write) : write(vcpu, write);
      case VcpuExit.ReadMsr read -> {
        if (read.index() != GhcbMsr.INDEX) {
          yield read(vcpu, read);
        }
        read.answer(vcpu.ghcb().msrAnswer());
        yield Next.RESUME;
      }
      case VcpuExit.Io io -> port(vcpu, io);
      case VcpuExit.KvmInternalError error -> unfinished.internalError(vcpu, error);
      case VcpuExit.InterruptWindow ignored -> {
        vcpu.cpu().requestInterruptWindow(false);
        yield ghcb.injectPending(vcpu);
      }
      case VcpuExit.Interrupted ignored -> watchdog.kicked(vcpu);
      case VcpuExit.Halt halt ->
          requests.halted(vcpu) ? Next.TAKE_TURNS : end.unexpected(vcpu, halt, "");
      case VcpuExit.Shutdown shutdown -> unfinished.shutdown(vcpu, shutdown);
      case VcpuExit.FailEntry entry ->
          end.unexpected(
              vcpu, entry, String.format(Locale.ROOT, " (hardware reason %#x)", entry.reason()));
      case VcpuExit.MemoryFault fault -> unfinished.memoryFault(vcpu, fault);
      case OptInExit.Debug ignored -> Next.RESUME; // whoever steps the vCPU has been told
      case OptInExit asked -> end.unexpected(vcpu, asked, "");
      case VcpuExit.Unsupported unsupported ->
          end.unexpected(
              vcpu,
              unsupported,
              String.format(Locale.ROOT, " (exit reason %d)", unsupported.reason()));
    };
  }

  /** An access that the level's permissions do not allow. */
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
    CaughtAccess attempt = attempts.access(vcpu);
    if (!mmio.isWrite()) {
      attempt.load(vcpu, mmio);
      if (attempt.isMisdirected()) {
        return misdirected(vcpu, mmio, mmio.gpa());
      }
      attempt.ask();
      return Next.TAKE_TURNS;
    }
    long gpa = mmio.gpa();
    if (!attempt.store(vcpu, mmio)) {
      return end.unexpected(
          vcpu,
          mmio,
          String.format(
              Locale.ROOT,
              " (a store of more parts than KVM can tell of, at gpa %#x)",
              mmio.gpa()));
    }
    if (attempt.isMisdirected()) {
      return misdirected(vcpu, mmio, gpa);
    }
    if (attempt.isGranted()) {
      String problem = attempt.completeGranted();
      return problem == null ? Next.RESUME : end.failed(problem, null);
    }
    reflection.caught(vcpu, attempt);
    return Next.TAKE_TURNS;
  }

  /** KVM tells of the guest's page table instead of the access: what it was, nobody knows. */
  private Next misdirected(LevelVcpu vcpu, VcpuExit exit, long gpa) {
    return end.unexpected(
        vcpu,
        exit,
        String.format(
            Locale.ROOT,
            " (its page tables are in memory that it may not write: entry at gpa %#x)",
            gpa));
  }

  private boolean hasDriver(LevelVcpu vcpu) {
    return drivers.driverOf(vcpu) != Association.NONE;
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
    return vcpu.level() != Vmpl.VMPL0 && permissions.asksForRegisters() && !requests.hosts(vcpu);
  }

  /** A port or an MSR: a driver's, where permissions are stored, is for VMPL0 to decide. */
  private Next register(LevelVcpu vcpu, VcpuExit exit, String detail) {
    if (!hasDriver(vcpu) || !permissions.asksForRegisters()) {
      return end.unexpected(vcpu, exit, detail);
    }
    attempts.register(vcpu, exit);
    return Next.TAKE_TURNS;
  }
}
