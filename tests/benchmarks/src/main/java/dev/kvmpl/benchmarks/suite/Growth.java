// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.Machines;
import dev.kvmpl.benchmarks.guest.Timing;
import dev.kvmpl.benchmarks.guest.TripTiming;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.spec.MachineSpec;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Warmup;

/** The round trip once so many pages are granted, with so many restricted ranges: the last 64. */
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class Growth extends MachineBenchmark {
  private static final int LAST = 64;
  private static final long MEMORY = 96 << 20;
  private static final long RANGES_FROM = 0x4000000; // beyond the last page

  @Param({"100", "1000", "10000"})
  public int granted = 100;

  @Param({"0", "1000"})
  public int ranges;

  @Override
  MachineSpec spec() {
    List<PageRange> restricted = new ArrayList<>();
    for (int i = 0; i < ranges; i++) { // every second page, so that none can be joined
      long start = RANGES_FROM + 2L * i * PageRange.PAGE_SIZE;
      restricted.add(new PageRange(start, start + PageRange.PAGE_SIZE));
    }
    return Machines.of("pages", Machines.FIRST_PAGE, granted)
        .memorySize(MEMORY)
        .restricted(restricted)
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
