// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.benchmarks.guest.TripTiming;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/** A machine's whole run, inside of which operations are timed one by one. */
public abstract class MachineBenchmark extends SingleRun {
  /** The first operations of a machine are not like the others: the first grant cuts memory. */
  static final int SKIPPED = 8;

  private final Kvm kvm = Kvm.open();
  private @Nullable Machine machine;
  private @Nullable RunResult result;
  private @Nullable Timing timing;

  /** What runs. */
  abstract MachineSpec spec();

  /** How many operations there are; what seems to be one afterwards is not. */
  abstract long operations();

  /** What takes the times. */
  Timing timing() {
    return new TripTiming(SKIPPED);
  }

  /** Who watches. */
  Observer[] observers(Timing times) {
    return new Observer[] {times};
  }

  /** What the driver has to have returned. */
  long status() {
    return 0;
  }

  /** Whether it ended as it should. */
  boolean isAsMeant(RunResult ended) {
    return ended.outcome() == Outcome.COMPLETED && ended.driverStatus().getFirst() == status();
  }

  @Setup(Level.Invocation)
  public void create() throws PayloadsTooLargeException {
    machine = new Machine(kvm, spec());
    Timing times = timing();
    times.until(operations());
    timing = times;
  }

  @Benchmark
  public RunResult run() throws InterruptedException {
    result = Objects.requireNonNull(machine).run(observers(Objects.requireNonNull(timing)));
    return result;
  }

  @TearDown(Level.Invocation)
  public void close() {
    if (machine != null) {
      machine.close();
    }
    RunResult ended = Objects.requireNonNull(result);
    Timing times = Objects.requireNonNull(timing);
    if (!isAsMeant(ended) || times.seen() < operations()) {
      throw new IllegalStateException(
          String.format(
              "%s %s, %d operations of %d, driver's status %s, exits %s",
              ended.outcome(),
              ended.message(),
              times.seen(),
              operations(),
              ended.driverStatus(),
              ended.exits()));
    }
    times.report();
  }

  @TearDown
  public void closeKvm() {
    kvm.close();
  }
}
