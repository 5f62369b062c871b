// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Closing;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.machine.MachineSpec.Detection;
import dev.kvmpl.machine.RunResult.Outcome;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.PermissionTable;
import dev.kvmpl.protocol.TraceRing;
import dev.kvmpl.protocol.ValidatorTables;
import dev.kvmpl.protocol.ValidatorTables.Ownership;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One machine: a guest kernel at VMPL1, drivers below VMPL0, a validator at VMPL0, on one memory.
 * Runs once. Its methods may be called from any thread, one at a time; the vCPUs have threads of
 * their own, which have ended when {@link #run} returns.
 */
public final class Machine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Machine.class);

  private final MachineSpec spec;
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final MachineParts parts;
  private final LoadedDrivers drivers;
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
      spec.contents().forEach(contents -> memory.write(contents.gpa(), contents.bytes()));
      long kernel = load(memory, Vmpl.VMPL1, spec.kernel(), 0);
      long above = CodebaseLoader.footprint(spec.codebases());
      long validator = load(memory, Vmpl.VMPL0, spec.validator(), above);
      long free = Layout.of(Vmpl.VMPL0).images() + spec.validator().footprint();
      long codebases = CodebaseLoader.load(memory, spec.codebases(), free);
      drivers = new LoadedDrivers(memory, spec);
      writeTables(memory);
      SortedSet<Vmpl> levels = levels();
      assignPermissions(rmp, levels);
      parts =
          new MachineBuilder(kvm, memory, rmp, levels, spec.detection(), resources)
              .build(spec, drivers.entries());
      if (spec.detection() == Detection.FAULT) {
        Layout tables = Layout.of(Vmpl.VMPL1);
        spec.hidden()
            .forEach(
                range -> BootTables.hide(memory, tables.pageTables(), range, tables.moreTables()));
      }
      boot(parts.kernel(), kernel);
      parts.bootInfo(parts.kernel()).writeDrivers(drivers.addresses(), spec.detection().number());
      for (Processor processor : parts.processors()) {
        LevelVcpu validates = processor.vcpuOf(Vmpl.VMPL0);
        boot(validates, validator);
        parts.bootInfo(validates).writeForValidator(codebases, spec.drivers().size());
        processor.request().prepare(Vmpl.VMPL1.number());
      }
    } catch (RuntimeException | Error | PayloadsTooLargeException e) {
      Closing.after(e, this);
      throw e;
    }
  }

  /** The payloads do not fit. The message says how many bytes there are, and how many fit. */
  public static final class PayloadsTooLargeException extends Exception {
    private static final long serialVersionUID = 1L;

    PayloadsTooLargeException(Vmpl level, long bytes, long room) {
      super(
          String.format(
              Locale.ROOT,
              "the payloads of %s take %d KiB with their stacks, allowed are %d KiB",
              level,
              bytes / 1024,
              room / 1024));
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
    Recorder recorder = new Recorder(spec.recording(), parts.rmp(), parts.processors());
    for (Processor processor : parts.processors()) {
      for (LevelVcpu vcpu : processor.vcpus()) {
        long ring = Layout.of(vcpu.level()).trace(processor.apicId());
        recorder.follow(vcpu, new TraceRing(parts.memory(), ring));
      }
    }
    Hypervisor hypervisor = new Hypervisor(parts, spec.detection(), recorder);
    boolean inTime = runThreads(hypervisor);
    long elapsed = recorder.elapsedNs();
    MachineEnd.Ending ending = hypervisor.ending();
    if (ending == null) {
      ending =
          new MachineEnd.Ending(
              Outcome.TIMED_OUT,
              inTime
                  ? "stopped"
                  : String.format(
                      Locale.ROOT,
                      "not done after %d ms%s",
                      spec.timeLimit().toMillis(),
                      hypervisor.stalled()),
              null);
    } else if (ending.cause() != null) {
      LOG.debug("{}", ending.message(), ending.cause());
    }
    return new RunResult(
        ending.outcome(),
        ending.message(),
        elapsed,
        List.copyOf(recorder.operations()),
        recorder.steps(),
        recorder.lost(),
        recorder.exits(),
        recorder.interrupts(),
        drivers.status(parts.memory()),
        before,
        state());
  }

  /**
   * Launches the machine with entries of 2 MiB in this part of the permissions database.
   *
   * @param range whole 2 MiB, with the same permissions on all of each
   * @throws IllegalStateException once the machine has run
   */
  public void useLargeEntries(PageRange range) {
    if (started) {
      throw new IllegalStateException("the machine has been launched");
    }
    parts.rmp().useLargeEntries(range);
  }

  /**
   * Lets each level have another number of slots than the host's KVM: fewer, to meet the limit
   * sooner; more, to have KVM refuse.
   *
   * @param most slots of a level
   */
  public void limitSlots(int most) {
    for (Level level : parts.levels()) {
      if (level != null) {
        level.plane().limitSlots(most);
      }
    }
  }

  /** The machine's memory, until {@link #close}. */
  public GuestMemory memory() {
    return parts.memory();
  }

  private boolean runThreads(Hypervisor hypervisor) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    List<VcpuThread> threads = new ArrayList<>();
    for (Processor processor : parts.processors()) {
      for (LevelVcpu vcpu : processor.vcpus()) {
        threads.add(new VcpuThread(vcpu, hypervisor, ended));
      }
    }
    // VMPL0 comes first, as under SNP: nothing of a lower level runs before it is ready.
    Processor boots = parts.processors().getFirst();
    boots.run(boots.vcpuOf(Vmpl.VMPL0));
    try {
      threads.forEach(VcpuThread::start);
      long deadline = System.nanoTime() + spec.timeLimit().toNanos();
      for (long left; (left = deadline - System.nanoTime()) > 0; hypervisor.watch()) {
        if (ended.await(Math.min(left, Watchdog.PERIOD_NS), TimeUnit.NANOSECONDS)) {
          return true;
        }
      }
      return false;
    } finally {
      parts.processors().forEach(processor -> processor.baton().drop());
      threads.forEach(VcpuThread::stop);
    }
  }

  /** Loads a level's kernel, with {@code above} bytes to come above it. */
  private static long load(GuestMemory memory, Vmpl level, PayloadImage kernel, long above)
      throws PayloadsTooLargeException {
    Layout layout = Layout.of(level);
    long needed = kernel.footprint() + above;
    if (needed > layout.end() - layout.images()) {
      throw new PayloadsTooLargeException(level, needed, layout.end() - layout.images());
    }
    return kernel.load(memory, layout.images());
  }

  /** Lets a level's kernel start on the vCPU. */
  private void boot(LevelVcpu vcpu, long entry) {
    Layout layout = Layout.of(vcpu.level());
    int processor = vcpu.processor().apicId();
    Registers registers = vcpu.vcpu().registers();
    registers.rip(entry);
    registers.rsp(layout.stackTop(processor));
    registers.rdi(layout.bootInfo(processor));
    vcpu.vcpu().setRegisters();
  }

  /** The validator's, the guest kernel's and the drivers'. */
  private SortedSet<Vmpl> levels() {
    SortedSet<Vmpl> levels = new TreeSet<>(List.of(Vmpl.VMPL0, Vmpl.VMPL1));
    spec.drivers().forEach(driver -> levels.add(driver.level()));
    return levels;
  }

  private void assignPermissions(Rmp rmp, SortedSet<Vmpl> levels) {
    for (Vmpl level : levels) {
      if (level != Vmpl.VMPL0) {
        rmp.assign(Layout.of(level).area(), level, PagePermissions.ALL);
        rmp.assign(Layout.TABLES_AREA, level, PagePermissions.READ);
        rmp.assign(
            new PageRange(Layout.KERNEL_MEMORY, spec.memorySize()),
            level,
            PagePermissions.READ_EXECUTE);
        spec.hidden().forEach(range -> rmp.assign(range, level, PagePermissions.NONE));
        // The guest kernel has to prepare the drivers of the levels below its own.
        rmp.assign(Layout.of(level).area(), Vmpl.VMPL1, PagePermissions.ALL);
      }
    }
  }

  private void writeTables(GuestMemory memory) {
    // Where protected pages lead at launch: BootTables maps each virtual page to the same physical.
    List<PageRange> restricted = new ArrayList<>(spec.restricted());
    restricted.addAll(spec.protectedVirtual());
    ValidatorTables.writeRestricted(memory, restricted);
    ValidatorTables.writeProtected(
        memory, Layout.of(Vmpl.VMPL1).pageTables(), spec.protectedVirtual());
    List<Ownership> ownership = new ArrayList<>();
    for (int i = 0; i < spec.drivers().size(); i++) {
      for (PageRange range : spec.drivers().get(i).owns()) {
        ownership.add(new Ownership(range, i + 1));
      }
    }
    ValidatorTables.writeOwnership(memory, ownership);
    writePermissions(memory);
  }

  private void writePermissions(GuestMemory memory) {
    Set<Integer> stored = new HashSet<>();
    List<PermissionTable.Entry> entries = new ArrayList<>();
    for (int i = 0; i < spec.drivers().size(); i++) {
      int driver = i + 1;
      spec.drivers()
          .get(i)
          .permissions()
          .ifPresent(
              permissions -> {
                stored.add(driver);
                permissions.forEach(
                    permission ->
                        entries.add(
                            new PermissionTable.Entry(
                                driver,
                                permission.access(),
                                permission.start(),
                                permission.end())));
              });
    }
    PermissionTable.write(memory, stored, entries);
  }

  private RunResult.State state() {
    SortedMap<Vmpl, List<Rmp.Run>> columns = new TreeMap<>();
    for (Level level : parts.levels()) {
      if (level != null && level.vmpl() != Vmpl.VMPL0) {
        columns.put(level.vmpl(), parts.rmp().column(level.vmpl()));
      }
    }
    return new RunResult.State(ValidatorTables.readOwnership(parts.memory()), columns);
  }

  private <T extends AutoCloseable> T own(T resource) {
    resources.push(resource);
    return resource;
  }

  /** Closes vCPUs, then planes with their slots, then the memory; all, even if one refuses. */
  @Override
  public void close() {
    List<AutoCloseable> open = List.copyOf(resources);
    resources.clear();
    Closing.all(open);
  }
}
