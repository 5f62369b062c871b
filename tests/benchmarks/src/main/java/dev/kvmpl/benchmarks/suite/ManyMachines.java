// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Allocation;
import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import org.HdrHistogram.Histogram;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Machines one after the other in one JVM that has just started, each made, run to its end with one
 * page granted, and closed. With the launcher's choice of a compiler: C2 would compete with the
 * vCPUs for the CPUs until the last of them.
 */
@Fork(value = 1, jvmArgsAppend = "-XX:TieredStopAtLevel=1")
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class ManyMachines extends SingleRun {
  /** How many pages each grants. */
  public static final int PAGES = 1;

  @Param("1000")
  public int machines = 1000;

  private final Kvm kvm = Kvm.open();

  @Benchmark
  public void run() throws InterruptedException, PayloadsTooLargeException {
    MachineSpec spec = Machines.of("pages", Machines.FIRST_PAGE, PAGES).build();
    Histogram times = Samples.of(Samples.OPERATION);
    long before = Allocation.ofAllThreads();
    for (int i = 0; i < machines; i++) {
      long start = System.nanoTime();
      try (Machine machine = new Machine(kvm, spec)) {
        if (machine.run().outcome() != Outcome.COMPLETED) {
          throw new IllegalStateException("machine " + i + " did not end well");
        }
      }
      times.recordValue(System.nanoTime() - start);
    }
    Samples.allocated((double) (Allocation.ofAllThreads() - before), machines);
  }

  @TearDown
  public void close() {
    kvm.close();
  }
}
