// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Allocation;
import dev.kvmpl.benchmarks.samples.Samples;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Each operation is timed: what is looked at is how the times are distributed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 300, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public abstract class Sampled {
  private static final int COUNTED = 1000;
  private static final long COUNTING_NS = 300_000_000;

  /** What one operation consists of, for its allocations to be counted without those of JMH. */
  abstract void operate();

  /** How many of them are counted: fewer where an operation takes long, as on an emulated host. */
  int counted() {
    return COUNTED;
  }

  @TearDown(Level.Iteration)
  public void countAllocations() {
    int most = counted();
    int times = 0;
    long before = Allocation.bytes();
    long start = System.nanoTime();
    do {
      operate();
    } while (++times < most && System.nanoTime() - start < COUNTING_NS);
    Samples.allocated((double) (Allocation.bytes() - before), times);
  }
}
