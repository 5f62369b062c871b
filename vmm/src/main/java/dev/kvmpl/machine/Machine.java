// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.LongMode;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.machine.MachineSpec.Driver;
import dev.kvmpl.machine.RunResult.Outcome;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.protocol.TraceRing;
import dev.kvmpl.protocol.ValidatorTables;
import dev.kvmpl.protocol.ValidatorTables.Ownership;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Plane;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One machine: a guest kernel and drivers at VMPL1, a validator at VMPL0, on one memory. Runs once.
 * Its methods may be called from any thread, one at a time; the vCPUs have threads of their own,
 * which have ended when {@link #run} returns.
 */
public final class Machine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Machine.class);

  private static final int FIRST_VCPU = 0;
  private static final int SECOND_VCPU = 1;

  private final MachineSpec spec;
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final MachineParts parts;
  private boolean started;

  /**
   * Builds the machine and loads its payloads; nothing runs yet.
   *
   * @throws dev.kvmpl.bindings.SyscallException if KVM refuses something
   * @throws PayloadsTooLargeException if the payloads do not fit their level's area
   */
  public Machine(Kvm kvm, MachineSpec spec) throws PayloadsTooLargeException {
    this.spec = spec;
    try {
      GuestMemory memory = own(GuestMemory.allocate(spec.memorySize()));
      Rmp rmp = new Rmp(PageRange.pageOf(memory.size()));
      rmp.assign(Layout.VMPL1_AREA, Vmpl.VMPL1, PagePermissions.ALL);
      rmp.assign(Layout.TABLES_AREA, Vmpl.VMPL1, PagePermissions.READ);
      rmp.assign(
          new PageRange(Layout.KERNEL_MEMORY, memory.size()),
          Vmpl.VMPL1,
          PagePermissions.READ_EXECUTE);
      List<Long> entries = new ArrayList<>();
      writeDrivers(memory, entries);
      writeTables(memory);
      LevelVcpu first = createVcpu(kvm, memory, rmp, Vmpl.VMPL1, FIRST_VCPU);
      LevelVcpu second = createVcpu(kvm, memory, rmp, Vmpl.VMPL0, SECOND_VCPU);
      parts = new MachineParts(memory, rmp, first, second, entries);
      boot(first, Layout.VMPL1, spec.kernel(), 0);
      boot(second, Layout.VMPL0, spec.validator(), Layout.VMPL0.request());
    } catch (RuntimeException | PayloadsTooLargeException e) {
      close();
      throw e;
    }
  }

  /** The payloads do not fit. The message says how many bytes there are, and how many fit. */
  public static final class PayloadsTooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    PayloadsTooLargeException(Vmpl level, long bytes, long room) {
      super(
          "the payloads of %s take %d KiB with their stacks, allowed are %d KiB"
              .formatted(level, bytes / 1024, room / 1024));
    }
  }

  /**
   * Runs the machine to its end, at most as long as its time limit.
   *
   * @throws InterruptedException if the calling thread is interrupted; the machine has ended then
   * @throws IllegalStateException when called again
   */
  public RunResult run() throws InterruptedException {
    if (started) {
      throw new IllegalStateException("a machine runs once");
    }
    started = true;
    RunResult.State before = state();
    Recorder recorder = new Recorder(spec.recording());
    recorder.follow(parts.first(), new TraceRing(parts.memory(), Layout.VMPL1.trace()));
    recorder.follow(parts.second(), new TraceRing(parts.memory(), Layout.VMPL0.trace()));
    Hypervisor hypervisor = new Hypervisor(parts, recorder);
    boolean inTime = runThreads(hypervisor);
    long elapsed = recorder.elapsedNs();
    Hypervisor.Ending ending = hypervisor.ending();
    if (ending == null) {
      ending =
          new Hypervisor.Ending(
              Outcome.TIMED_OUT,
              inTime ? "stopped" : "not done after " + spec.timeLimit().toMillis() + " ms",
              null);
    } else if (ending.cause() != null) {
      LOG.error("{}", ending.message(), ending.cause());
    }
    return new RunResult(
        ending.outcome(),
        ending.message(),
        elapsed,
        List.copyOf(recorder.operations()),
        List.copyOf(recorder.trace().events()),
        recorder.trace().lost(),
        recorder.exits(),
        driverStatus(),
        before,
        state());
  }

  /** The machine's memory, until {@link #close}. */
  public GuestMemory memory() {
    return parts.memory();
  }

  private boolean runThreads(Hypervisor hypervisor) throws InterruptedException {
    // VMPL0 comes first, as under SNP: nothing of a lower level runs before it is ready.
    Baton baton = new Baton(2, SECOND_VCPU);
    List<VcpuThread> threads =
        List.of(
            new VcpuThread(parts.first(), SECOND_VCPU, baton, hypervisor),
            new VcpuThread(parts.second(), FIRST_VCPU, baton, hypervisor));
    threads.forEach(VcpuThread::start);
    long deadline = System.nanoTime() + spec.timeLimit().toNanos();
    try {
      boolean inTime = true;
      for (VcpuThread thread : threads) {
        inTime &= thread.join(deadline - System.nanoTime());
      }
      return inTime;
    } finally {
      baton.drop();
      for (VcpuThread thread : threads) {
        thread.stop();
      }
    }
  }

  private LevelVcpu createVcpu(Kvm kvm, GuestMemory memory, Rmp rmp, Vmpl level, int number) {
    Plane plane = own(new Plane(kvm, level, memory, rmp));
    plane.exitOnMsr(GhcbMsr.INDEX);
    Vcpu vcpu = own(plane.createVcpu(number));
    return new LevelVcpu(number, plane, vcpu);
  }

  private void boot(LevelVcpu vcpu, Layout layout, PayloadImage kernel, long request)
      throws PayloadsTooLargeException {
    GuestMemory memory = parts.memory();
    if (kernel.footprint() > layout.end() - layout.images()) {
      throw new PayloadsTooLargeException(
          vcpu.level(), kernel.footprint(), layout.end() - layout.images());
    }
    LongMode mode = BootTables.write(memory, layout);
    parts.bootInfo(vcpu).write(layout.ghcb(), layout.trace(), request);
    vcpu.vcpu().enterLongMode(mode);
    Registers registers = vcpu.vcpu().registers();
    registers.rip(kernel.load(memory, layout.images()));
    registers.rsp(layout.stackTop());
    registers.rdi(layout.bootInfo());
    vcpu.vcpu().setRegisters();
  }

  /** Loads each driver above the guest kernel, its stack above it. */
  private void writeDrivers(GuestMemory memory, List<Long> entries)
      throws PayloadsTooLargeException {
    Layout layout = Layout.VMPL1;
    long at = layout.images() + spec.kernel().footprint();
    List<BootInfo.Driver> table = new ArrayList<>();
    long needed = spec.kernel().footprint();
    for (Driver driver : spec.drivers()) {
      needed += driver.payload().footprint() + Layout.DRIVER_STACK;
    }
    if (needed > layout.end() - layout.images()) {
      throw new PayloadsTooLargeException(Vmpl.VMPL1, needed, layout.end() - layout.images());
    }
    for (Driver driver : spec.drivers()) {
      int index = table.size();
      long entry = driver.payload().load(memory, at);
      at += driver.payload().footprint() + Layout.DRIVER_STACK;
      entries.add(entry);
      table.add(new BootInfo.Driver(index + 1, entry, at, layout.vmsa(index), driver.arguments()));
    }
    new BootInfo(memory, layout.bootInfo()).writeDrivers(layout.drivers(), table);
  }

  private void writeTables(GuestMemory memory) {
    ValidatorTables.writeRestricted(memory, spec.restricted());
    List<Ownership> ownership = new ArrayList<>();
    for (int i = 0; i < spec.drivers().size(); i++) {
      for (PageRange range : spec.drivers().get(i).owns()) {
        ownership.add(new Ownership(range, i + 1));
      }
    }
    ValidatorTables.writeOwnership(memory, ownership);
  }

  private RunResult.State state() {
    return new RunResult.State(
        ValidatorTables.readOwnership(parts.memory()), parts.rmp().column(Vmpl.VMPL1));
  }

  private List<Long> driverStatus() {
    BootInfo bootInfo = parts.bootInfo(parts.first());
    List<Long> status = new ArrayList<>();
    for (int i = 0; i < spec.drivers().size(); i++) {
      status.add(bootInfo.driverStatus(Layout.VMPL1.drivers(), i));
    }
    return status;
  }

  private <T extends AutoCloseable> T own(T resource) {
    resources.push(resource);
    return resource;
  }

  /** Closes vCPUs, then planes with their slots, then the memory. */
  @Override
  public void close() {
    while (!resources.isEmpty()) {
      try {
        resources.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new AssertionError("closing throws nothing checked", e);
      }
    }
  }
}
