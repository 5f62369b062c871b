// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.MachineSpec.Recording;
import dev.kvmpl.machine.RunResult.Operation;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.TraceRing;
import dev.kvmpl.protocol.Verdict;
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

/**
 * Keeps what happens in a run. The hypervisor's steps are recorded here as they happen; the guests'
 * are read from their vCPUs' rings at each of their exits, and nothing else makes a step. Belongs
 * to the {@link Hypervisor}'s lock; without {@link Recording#STEPS} and {@link
 * Recording#OPERATIONS} it does not allocate.
 */
final class Recorder {
  private final Recording recording;
  private final Rmp rmp;
  private final long launchNs = System.nanoTime();
  private final List<OfProcessor> processors = new ArrayList<>();
  private final Map<LevelVcpu, RingOfVcpu> rings = new HashMap<>();
  private final List<Operation> operations = new ArrayList<>();
  private final Map<String, long[]> exits = new HashMap<>();
  private long interrupts;
  private long lostOperations;

  Recorder(Recording recording, Rmp rmp, List<Processor> processors) {
    this.recording = recording;
    this.rmp = rmp;
    int most = Trace.EVENTS_MAX / processors.size(); // one that is flooded leaves the others theirs
    processors.forEach(processor -> this.processors.add(new OfProcessor(new Trace(most))));
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

  /** The ring that a vCPU records in. */
  void follow(LevelVcpu vcpu, TraceRing ring) {
    if (recording == Recording.STEPS) {
      ring.enable();
    }
    rings.put(vcpu, new RingOfVcpu(vcpu, ring, new GuestClock(vcpu.vcpu())));
  }

  /** Kicks are not counted: how many come depends on the host. */
  void exit(LevelVcpu vcpu, VcpuExit exit) {
    if (!(exit instanceof VcpuExit.Interrupted)) {
      count(exit.name());
    }
    RingOfVcpu ring = recording == Recording.STEPS ? rings.get(vcpu) : null;
    if (ring != null) {
      ring.drain(System.nanoTime());
    }
  }

  private void count(String exit) {
    long[] count = exits.get(exit);
    if (count == null) {
      count = new long[1];
      exits.put(exit, count);
    }
    count[0]++;
  }

  /** A step that the hypervisor performs, about a vCPU. */
  void step(Step step, LevelVcpu vcpu, int driver) {
    step(step, vcpu, driver, Access.WRITE, 0, 0, 0);
  }

  /** A step that the hypervisor performs, about an operation of a vCPU. */
  void step(
      Step step, LevelVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    if (recording == Recording.STEPS) {
      processors
          .get(vcpu.processor().apicId())
          .trace
          .add(
              new StepEvent(
                  System.nanoTime() - launchNs,
                  step,
                  StepEvent.HYPERVISOR,
                  vcpu.processor().apicId(),
                  vcpu.number(),
                  driver,
                  access.number(),
                  gpa,
                  length,
                  data,
                  0));
    }
  }

  /** An interrupt has been delivered to the vCPU. */
  void interrupted(LevelVcpu vcpu) {
    if (vcpu.level() == Vmpl.VMPL0) {
      interrupts++;
    }
  }

  long interrupts() {
    return interrupts;
  }

  /** A level has got permissions on a page of {@code length} bytes, by {@code vcpu}'s RMPADJUST. */
  void granted(LevelVcpu vcpu, int driver, long gpa, int length, int permissions) {
    step(Step.GRANT, vcpu, driver, Access.WRITE, gpa, length, permissions);
  }

  /** An operation that was caught has its verdict. */
  void judged(LevelVcpu vcpu, Operation operation) {
    processors.get(vcpu.processor().apicId()).unjudged = false;
    keep(operation);
  }

  /**
   * An operation that the guest kernel asked about has its verdict. All that it knows is an
   * address; length and data are what the driver recorded of its attempt there, if it did.
   */
  void judged(LevelVcpu vcpu, Access access, long gpa, int length, Verdict verdict, int owner) {
    OfProcessor processor = processors.get(vcpu.processor().apicId());
    boolean known = processor.unjudged && processor.attemptGpa == gpa;
    judged(
        vcpu,
        new Operation(
            vcpu.driver,
            access,
            gpa,
            known ? processor.attemptLength : length,
            known ? processor.attemptData : 0,
            verdict,
            owner));
  }

  private void keep(Operation operation) {
    if (operations.size() < Trace.EVENTS_MAX) {
      operations.add(operation);
    } else {
      lostOperations++;
    }
  }

  /** Whether {@link #judged} is wanted: an operation is an object. */
  boolean keepsOperations() {
    return recording != Recording.NOTHING;
  }

  /** Every step, in the order of their times. */
  List<StepEvent> steps() {
    return Trace.merge(processors.stream().map(processor -> processor.trace).toList());
  }

  /** Steps and operations that are not kept, and what guests recorded and nobody could read. */
  long lost() {
    long lost = lostOperations;
    for (OfProcessor processor : processors) {
      lost = Math.min(lost, Long.MAX_VALUE - processor.trace.lost()) + processor.trace.lost();
    }
    return lost;
  }

  List<Operation> operations() {
    return operations;
  }

  /** How often each exit came, by its name. */
  SortedMap<String, Long> exits() {
    SortedMap<String, Long> counts = new TreeMap<>();
    exits.forEach((name, count) -> counts.put(name, count[0]));
    return counts;
  }

  long elapsedNs() {
    return System.nanoTime() - launchNs;
  }

  /** One vCPU's ring, with its clock. */
  private final class RingOfVcpu implements TraceRing.Reader {
    private final LevelVcpu vcpu;
    private final OfProcessor processor;
    private final TraceRing ring;
    private final GuestClock clock;
    private long nowNs;

    RingOfVcpu(LevelVcpu vcpu, TraceRing ring, GuestClock clock) {
      this.vcpu = vcpu;
      this.processor = processors.get(vcpu.processor().apicId());
      this.ring = ring;
      this.clock = clock;
    }

    void drain(long now) {
      nowNs = now;
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
              vcpu.processor().apicId(),
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
                driver, Access.of(access), at, (int) length, data, Verdict.ALREADY_OPEN, driver));
      }
    }

    /** What a driver records of itself is believed only where its level needs to ask nobody. */
    private boolean isPossible(int driver, int access, long at, long length) {
      int needed =
          Access.of(access) == Access.WRITE
              ? PagePermissions.READ | PagePermissions.WRITE
              : PagePermissions.READ;
      return driver == vcpu.driver
          && length >= 1
          && length <= Long.BYTES
          && rmp.allows(at, length, vcpu.level(), needed);
    }
  }
}
