// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.benchmarks.guest.TripTiming;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The last 64 round trips of a machine with so many pages granted, restricted ranges, pages that
 * are hidden and cut the levels' memory into two more slots each, and processors, of which all but
 * one have nothing to do.
 */
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class Growth extends MachineBenchmark {
  private static final int LAST = 64;
  private static final int WARM_UP = 3500; // pages, in the 32 MiB of a machine
  private static final long MEMORY = 96 << 20;
  private static final long RANGES_FROM = 0x4000000; // beyond the last page
  private static final long HIDDEN_FROM = 0x5000000; // beyond the last range

  @Param({"100", "1000", "10000"})
  public int granted = 100;

  @Param({"0", "1000"})
  public int ranges;

  @Param({"0", "1000"})
  public int hidden;

  @Param({"1", "4"})
  public int processors = 1;

  @Override
  MachineSpec spec() {
    MachineSpec.Builder machine =
        Machines.of("pages", Machines.FIRST_PAGE, granted)
            .memorySize(MEMORY)
            .restricted(everySecond(ranges, RANGES_FROM))
            .hidden(everySecond(hidden, HIDDEN_FROM));
    return processors == 1 ? machine.build() : machine.driver(idle(processors)).build();
  }

  /** The JVM has compiled the path by then, whatever is measured after how many. */
  @Setup
  public void warmUp() throws InterruptedException, PayloadsTooLargeException {
    MachineSpec spec = Machines.of("pages", Machines.FIRST_PAGE, WARM_UP).build();
    try (Kvm kvm = Kvm.open();
        Machine machine = new Machine(kvm, spec)) {
      machine.run(timing());
    }
  }

  /** So that none can be joined. */
  private static List<PageRange> everySecond(int pages, long from) {
    List<PageRange> ranges = new ArrayList<>();
    for (int i = 0; i < pages; i++) {
      long start = from + 2L * i * PageRange.PAGE_SIZE;
      ranges.add(new PageRange(start, start + PageRange.PAGE_SIZE));
    }
    return ranges;
  }

  /** Stores to no page, and is done, on all processors but the first. */
  private static Driver idle(int processors) {
    return Machines.driver("idle", "pages", Machines.FIRST_PAGE, 0)
        .but()
        .level(Vmpl.VMPL2)
        .processors(IntStream.range(1, processors).boxed().toList())
        .build();
  }

  @Override
  Timing timing() {
    return new TripTiming(granted - LAST);
  }

  @Override
  long operations() {
    return granted - 1L;
  }
}
