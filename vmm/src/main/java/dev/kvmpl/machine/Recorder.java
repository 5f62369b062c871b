// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.MachineSpec.Recording;
import dev.kvmpl.machine.RunResult.Operation;
import dev.kvmpl.protocol.TraceRing;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.trace.Trace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Keeps what happens in a run. The hypervisor's steps are recorded here as they happen; the guests'
 * are read from their levels' rings at each of their exits, and nothing else makes a step. Belongs
 * to the baton's holder; without {@link Recording#STEPS} and {@link Recording#OPERATIONS} it does
 * not allocate.
 */
final class Recorder {
  private final Recording recording;
  private final long launchNs = System.nanoTime();
  private final Trace trace = new Trace();
  private final List<Operation> operations = new ArrayList<>();
  private final Map<String, long[]> exits = new HashMap<>();
  private final List<RingOfLevel> rings = new ArrayList<>();

  /** Whether the attempt that a driver recorded last has not been judged: then it made no exit. */
  private boolean unjudged;

  Recorder(Recording recording) {
    this.recording = recording;
  }

  /** The ring that a vCPU's level records in; vCPUs in the order of their numbers. */
  void follow(LevelVcpu vcpu, TraceRing ring) {
    if (recording == Recording.STEPS) {
      ring.enable();
    }
    rings.add(new RingOfLevel(vcpu, ring, new GuestClock(vcpu.vcpu())));
  }

  void exit(LevelVcpu vcpu, VcpuExit exit) {
    long[] count = exits.get(exit.name());
    if (count == null) {
      count = new long[1];
      exits.put(exit.name(), count);
    }
    count[0]++;
    if (recording == Recording.STEPS) {
      rings.get(vcpu.number()).drain(System.nanoTime());
    }
  }

  /** A step that the hypervisor performs, about a vCPU. */
  void step(Step step, LevelVcpu vcpu, int driver, long gpa, long length, long data) {
    if (recording == Recording.STEPS) {
      trace.add(
          new StepEvent(
              System.nanoTime() - launchNs,
              step,
              StepEvent.HYPERVISOR,
              vcpu.number(),
              driver,
              gpa,
              length,
              data));
    }
  }

  /** An operation that was caught has its verdict. */
  void judged(int driver, long gpa, int length, long data, Verdict verdict, int owner) {
    if (recording != Recording.NOTHING) {
      unjudged = false;
      operations.add(new Operation(driver, gpa, length, data, verdict, owner));
    }
  }

  Trace trace() {
    return trace;
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

  /** One level's ring, with the clock of the vCPU that writes it. */
  private final class RingOfLevel implements TraceRing.Reader {
    private final LevelVcpu vcpu;
    private final TraceRing ring;
    private final GuestClock clock;
    private long nowNs;

    RingOfLevel(LevelVcpu vcpu, TraceRing ring, GuestClock clock) {
      this.vcpu = vcpu;
      this.ring = ring;
      this.clock = clock;
    }

    void drain(long now) {
      nowNs = now;
      trace.addLost(ring.drain(this));
    }

    @Override
    public void record(long tsc, int number, int driver, long at, long length, long data) {
      Optional<Step> step = Step.of(number);
      if (step.isEmpty()) {
        trace.addLost(1);
        return;
      }
      trace.add(
          new StepEvent(
              clock.toNs(tsc, nowNs) - launchNs,
              step.get(),
              vcpu.level().number(),
              vcpu.number(),
              driver,
              at,
              length,
              data));
      if (step.get() == Step.ATTEMPT) {
        unjudged = true;
      } else if (step.get() == Step.COMPLETE && unjudged) {
        operations.add(new Operation(driver, at, (int) length, data, Verdict.ALREADY_OPEN, driver));
      }
    }
  }
}
