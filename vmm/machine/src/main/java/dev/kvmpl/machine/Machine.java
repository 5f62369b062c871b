// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.exits.ExitDispatcher;
import dev.kvmpl.exits.MachineEnd;
import dev.kvmpl.exits.Watchdog;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.launch.Launch;
import dev.kvmpl.launch.Launched;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Consoles;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.observe.RunRecorder;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/**
 * One machine: a guest kernel at VMPL1, drivers below VMPL0, a validator at VMPL0, on one memory.
 * Runs once. Its methods may be called from any thread, one at a time; the vCPUs have threads of
 * their own, which have ended when {@link #run} returns.
 */
public final class Machine implements AutoCloseable {
  private final MachineSpec spec;
  private final Deque<AutoCloseable> resources = new ArrayDeque<>();
  private final Launched launched;
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
      launched = Launch.load(spec, resources).assign().enforce(kvm).boot();
    } catch (RuntimeException | Error | PayloadsTooLargeException e) {
      Closing.after(e, this);
      throw e;
    }
  }

  /**
   * Runs the machine to its end, at most as long as its time limit.
   *
   * @param observers are told what happens, in this order
   * @throws InterruptedException if the calling thread is interrupted; the machine has ended then
   * @throws IllegalStateException when called again
   */
  public RunResult run(Observer... observers) throws InterruptedException {
    if (started) {
      throw new IllegalStateException("a machine runs once");
    }
    started = true;
    RunResult.State before = state();
    RunRecorder recorder = new RunRecorder(spec.recording());
    launched.observers().add(recorder);
    Consoles consoles = new Consoles();
    launched.observers().add(consoles);
    for (Observer observer : observers) {
      launched.observers().add(observer);
    }
    ExitDispatcher dispatcher = dispatcher();
    Instant launch = Instant.now();
    launched
        .observers()
        .launched(
            new LaunchedMachine(
                System.nanoTime(),
                memory(),
                launched.permissions().rmp(),
                launched.processors().vcpus().stream().map(LevelVcpu::watched).toList(),
                launched.images(),
                dispatcher::pauseSoon,
                dispatcher::resume));
    boolean inTime = runThreads(dispatcher);
    long elapsed = recorder.elapsedNs();
    MachineEnd.Ending ending = ending(dispatcher, inTime);
    List<PrintedLine> printed = consoles.end();
    return new RunResult(
        ending.outcome(),
        ending.message(),
        launch,
        elapsed,
        recorder.operations(),
        recorder.steps(),
        Math.min(recorder.lost(), Long.MAX_VALUE - consoles.lost()) + consoles.lost(),
        recorder.exits(),
        recorder.interrupts(),
        printed,
        ending.outcome() == Outcome.COMPLETED ? List.of() : stopped(),
        launched.driverStatus().apply(memory()),
        before,
        state());
  }

  private ExitDispatcher dispatcher() {
    boolean emulated = spec.detection() == Detection.FAULT && Host.detect().emulatesSupervisor();
    Attempts attempts =
        new Attempts(
            memory(),
            launched.processors(),
            launched.permissions(),
            launched.drivers(),
            launched.observers(),
            emulated,
            !spec.protectedVirtual().isEmpty(),
            spec.policy());
    return new ExitDispatcher(
        memory(),
        spec.layout(),
        spec.detection(),
        launched.processors(),
        launched.permissions(),
        launched.drivers(),
        attempts,
        launched.observers());
  }

  /** Where the vCPUs are that had their processors at last, once no thread runs one any more. */
  private List<StoppedVcpu> stopped() {
    List<StoppedVcpu> stopped = new ArrayList<>();
    for (LevelVcpu vcpu : launched.processors().vcpus()) {
      long info = spec.layout().of(vcpu.level()).bootInfo(vcpu.processor().apicId());
      long panic = new BootInfo(memory(), info).panicRip();
      if (panic != 0 || vcpu.processor().running() == vcpu) {
        stopped.add(stopped(vcpu, panic));
      }
    }
    return stopped;
  }

  private StoppedVcpu stopped(LevelVcpu vcpu, long panic) {
    int driver = launched.drivers().driverOf(vcpu);
    try {
      Registers registers = vcpu.cpu().registers();
      return new StoppedVcpu(
          vcpu.name(),
          vcpu.level(),
          driver,
          panic == 0 ? registers.rip() : panic,
          registers.toString());
    } catch (SyscallException e) {
      String why = "no registers (" + e.getMessage() + ")";
      return new StoppedVcpu(vcpu.name(), vcpu.level(), driver, panic, why);
    }
  }

  /** The payloads in its memory. */
  public List<LoadedImage> images() {
    return launched.images();
  }

  private MachineEnd.Ending ending(ExitDispatcher dispatcher, boolean inTime) {
    MachineEnd.Ending ending = dispatcher.ending();
    if (ending == null) {
      String why =
          inTime
              ? "stopped"
              : String.format(
                  Locale.ROOT,
                  "not done after %d ms%s",
                  spec.timeLimit().toMillis(),
                  dispatcher.stalled());
      return new MachineEnd.Ending(Outcome.TIMED_OUT, why, null);
    }
    if (ending.cause()
        != null) { // and only then: slf4j's search for a provider takes as long as a short run
      LoggerFactory.getLogger(Machine.class).debug("{}", ending.message(), ending.cause());
    }
    return ending;
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
    launched.permissions().rmp().useLargeEntries(range);
  }

  /**
   * Lets each level have another number of slots than the host's KVM: fewer, to meet the limit
   * sooner; more, to have KVM refuse.
   *
   * @param most slots of a level
   */
  public void limitSlots(int most) {
    launched.permissions().levels().forEach(level -> level.enforcement().limit(most));
  }

  /** The machine's memory, until {@link #close}. */
  public GuestMemory memory() {
    return launched.memory();
  }

  private boolean runThreads(ExitDispatcher dispatcher) throws InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Processors processors = launched.processors();
    processors.boots().run(processors.launched());
    try {
      for (Processor processor : processors.all()) {
        processor.handOver().start(processor.vcpus(), dispatcher, ended::countDown);
      }
      long deadline = System.nanoTime() + spec.timeLimit().toNanos();
      for (long left; (left = deadline - System.nanoTime()) > 0; dispatcher.watch()) {
        if (ended.await(Math.min(left, Watchdog.PERIOD_NS), TimeUnit.NANOSECONDS)) {
          return true;
        }
      }
      return false;
    } finally {
      processors.all().forEach(processor -> processor.handOver().end());
      dispatcher.resume(); // whoever waits there has nothing to wait for any more
      processors.all().forEach(processor -> processor.handOver().stop());
    }
  }

  private RunResult.State state() {
    Rmp rmp = launched.permissions().rmp();
    ValidatorTables tables = new ValidatorTables(memory(), spec.layout().tables());
    SortedMap<Vmpl, List<Rmp.Run>> columns = new TreeMap<>();
    for (Level level : launched.permissions().levels()) {
      if (level.vmpl() != Vmpl.VMPL0) {
        columns.put(level.vmpl(), rmp.column(level.vmpl()));
      }
    }
    return new RunResult.State(tables.readOwnership(), columns);
  }

  /** Closes vCPUs, then planes with their slots, then the memory; all, even if one refuses. */
  @Override
  public void close() {
    List<AutoCloseable> open = List.copyOf(resources);
    resources.clear();
    Closing.all(open);
  }
}
