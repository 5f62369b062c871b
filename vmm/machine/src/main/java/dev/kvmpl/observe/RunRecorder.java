// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.TraceRing;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.trace.Trace;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what happens in a run. The hypervisor's steps are recorded here as they happen; the guests'
 * are read from their vCPUs' rings at each of their exits, and nothing else makes a step. Belongs
 * to the machine's lock; without {@link Recording#STEPS} and {@link Recording#OPERATIONS} it does
 * not allocate.
 */
public final class RunRecorder implements Observer {
  private final Recording recording;
  private long launchNs;
  private final List<OfProcessor> processors = new ArrayList<>();
  private @Nullable RingOfVcpu[] rings = {}; // by the vCPUs' numbers
  private final List<Operation> operations = new ArrayList<>();
  private final Map<String, long[]> exits = new HashMap<>();
  private final WatchedPages watched = new WatchedPages();
  private long interrupts;
  private long lostOperations;

  /** Keeps so much. */
  public RunRecorder(Recording recording) {
    this.recording = recording;
  }

  /** What is kept apart for each processor, because each one's steps have an order of their own. */
  private static final class OfProcessor {
    final Trace trace;

    /** Whether the attempt that a driver recorded last has not been judged: it made no exit. */
    boolean unjudged;

    /** Where that attempt was, how long, and with what data. */
    long attemptGpa;

    int attemptLength;
    long attemptData;

    OfProcessor(Trace trace) {
      this.trace = trace;
    }
  }

  @Override
  public void launched(LaunchedMachine machine) {
    launchNs = machine.launchNs();
    int count = machine.vcpus().stream().mapToInt(WatchedVcpu::processor).max().orElse(0) + 1;
    int most = Trace.EVENTS_MAX / count; // one that is flooded leaves the others theirs
    for (int i = 0; i < count; i++) {
      processors.add(new OfProcessor(new Trace(most)));
    }
    rings = new @Nullable RingOfVcpu[machine.vcpus().size()];
    for (WatchedVcpu vcpu : machine.vcpus()) {
      if (vcpu.ring() == 0) {
        continue; // a guest that records nothing
      }
      TraceRing ring = new TraceRing(machine.memory(), vcpu.ring(), vcpu.request());
      if (recording == Recording.STEPS) {
        ring.enable();
      }
      rings[vcpu.number()] = new RingOfVcpu(vcpu, ring, machine.rmp());
    }
  }

  /** Kicks are not counted: how many come depends on the host. */
  @Override
  public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    if (!(exit instanceof VcpuExit.Interrupted)) {
      count(exit.name());
    }
    RingOfVcpu ring = recording == Recording.STEPS ? rings[vcpu.number()] : null;
    if (ring != null) {
      ring.drain(System.nanoTime(), driver);
    }
    return Reply.GO_ON;
  }

  private void count(String exit) {
    long[] count = exits.get(exit);
    if (count == null) {
      count = new long[1];
      exits.put(exit, count);
    }
    count[0]++;
  }

  @Override
  public Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    if (recording == Recording.STEPS) {
      processors
          .get(vcpu.processor())
          .trace
          .add(
              new StepEvent(
                  System.nanoTime() - launchNs,
                  step,
                  StepEvent.HYPERVISOR,
                  vcpu.processor(),
                  vcpu.number(),
                  driver,
                  access.number(),
                  gpa,
                  length,
                  data,
                  0));
    }
    return Reply.GO_ON;
  }

  @Override
  public void interrupted(WatchedVcpu vcpu) {
    if (vcpu.level() == Vmpl.VMPL0) {
      interrupts++;
    }
  }

  /** How many interrupts were delivered to VMPL0's vCPUs. */
  public long interrupts() {
    return interrupts;
  }

  /**
   * Where all that was asked about is an address, length and data are what the driver recorded of
   * its attempt there, if it did.
   */
  @Override
  public Reply judged(WatchedVcpu vcpu, Operation operation, boolean exact) {
    OfProcessor processor = processors.get(vcpu.processor());
    boolean known = !exact && processor.unjudged && processor.attemptGpa == operation.gpa();
    processor.unjudged = false;
    watched.judged(operation);
    keep(
        known
            ? new Operation(
                operation.driver(),
                operation.access(),
                operation.gpa(),
                processor.attemptLength,
                processor.attemptData,
                operation.verdict(),
                operation.owner())
            : operation);
    return Reply.GO_ON;
  }

  private void keep(Operation operation) {
    if (operations.size() < Trace.EVENTS_MAX) {
      operations.add(operation);
    } else {
      lostOperations++;
    }
  }

  @Override
  public boolean wantsOperations() {
    return recording != Recording.NOTHING;
  }

  /** Every step, in the order of their times. */
  public List<StepEvent> steps() {
    return Trace.merge(processors.stream().map(processor -> processor.trace).toList());
  }

  /** Steps and operations that are not kept, and what guests recorded and nobody could read. */
  public long lost() {
    long lost = lostOperations;
    for (OfProcessor processor : processors) {
      lost = Math.min(lost, Long.MAX_VALUE - processor.trace.lost()) + processor.trace.lost();
    }
    return lost;
  }

  /** What was judged, in the order of the verdicts. */
  public List<Operation> operations() {
    return List.copyOf(operations);
  }

  /** How often each exit came, by its name. */
  public SortedMap<String, Long> exits() {
    SortedMap<String, Long> counts = new TreeMap<>();
    exits.forEach((name, count) -> counts.put(name, count[0]));
    return counts;
  }

  /** Nanoseconds since the machine was launched. */
  public long elapsedNs() {
    return System.nanoTime() - launchNs;
  }

  /** One vCPU's ring, with its clock. */
  private final class RingOfVcpu implements TraceRing.Reader {
    private final WatchedVcpu vcpu;
    private final OfProcessor processor;
    private final TraceRing ring;
    private final GuestClock clock;
    private final Rmp rmp;
    private long nowNs;
    private int holder;

    RingOfVcpu(WatchedVcpu vcpu, TraceRing ring, Rmp rmp) {
      this.vcpu = vcpu;
      this.processor = processors.get(vcpu.processor());
      this.ring = ring;
      this.rmp = rmp;
      this.clock = vcpu.cpu().clock();
    }

    void drain(long now, int driver) {
      nowNs = now;
      holder = driver;
      processor.trace.addLost(ring.drain(this));
    }

    @Override
    public void record(
        long tsc, int number, int driver, int access, long at, long length, long data, long rip) {
      Optional<Step> step = Step.of(number);
      if (step.isEmpty()) {
        processor.trace.addLost(1);
        return;
      }
      processor.trace.add(
          new StepEvent(
              clock.toNs(tsc, nowNs) - launchNs,
              step.get(),
              vcpu.level().number(),
              vcpu.processor(),
              vcpu.number(),
              driver,
              access,
              at,
              length,
              data,
              rip));
      if (step.get() == Step.ATTEMPT) {
        processor.unjudged = true;
        processor.attemptGpa = at;
        processor.attemptLength = (int) length;
        processor.attemptData = data;
      } else if (step.get() == Step.COMPLETE
          && processor.unjudged
          && isPossible(driver, access, at, length)) {
        keep(
            new Operation(
                driver,
                Access.of(access),
                at,
                (int) length,
                data,
                Verdict.ALREADY_OPEN,
                watched.ownerOf(driver, at)));
      }
    }

    /** What a driver records of itself is believed only where its level needs to ask nobody. */
    private boolean isPossible(int driver, int access, long at, long length) {
      int needed =
          Access.of(access) == Access.WRITE
              ? PagePermissions.READ | PagePermissions.WRITE
              : PagePermissions.READ;
      return driver == holder
          && length >= 1
          && length <= Long.BYTES
          && rmp.allows(at, length, vcpu.level(), needed);
    }
  }
}
