// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.Machine;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.spec.Recording;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A machine's whole run, whose driver stores to that many pages, each of which is judged. What one
 * round trip costs, from ATTEMPT to COMPLETE, is the difference of two such runs by the difference
 * of their pages: launch and end are in both.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 10)
@Measurement(iterations = 10)
@Fork(1)
public class FullRoundTrip {
  /** The shorter and the longer run. */
  static final int FEW = 64;

  static final int MANY = 320;

  /** In kernel memory, with read-only pages below and above. */
  static final long FIRST_PAGE = 0x1100000;

  private static final int MEMORY = 32 << 20;

  @Param({"64", "320"})
  public int pages;

  private final Kvm kvm = Kvm.open();
  private final PayloadImage kernel = parse(BuiltInPayload.KERNEL.bytes());
  private final PayloadImage validator = parse(BuiltInPayload.VALIDATOR.bytes());
  private final PayloadImage driver = parse(Resources.bytes("pages.elf"));
  private @Nullable Machine machine;
  private @Nullable RunResult result;

  private static PayloadImage parse(byte[] elf) {
    try {
      return PayloadImage.parse(elf);
    } catch (PayloadImage.MalformedException e) {
      throw new IllegalStateException("built wrongly", e);
    }
  }

  @Setup(Level.Invocation)
  public void create() throws PayloadsTooLargeException {
    List<Long> arguments = List.of(FIRST_PAGE, (long) pages);
    machine =
        new Machine(
            kvm,
            MachineSpec.of(kernel, validator)
                .memorySize(MEMORY)
                .driver(Driver.named("pages", driver).arguments(arguments).build())
                .timeLimit(Duration.ofMinutes(1))
                .recording(Recording.NOTHING)
                .build());
  }

  @Benchmark
  public RunResult run() throws InterruptedException {
    result = Objects.requireNonNull(machine).run();
    return result;
  }

  @TearDown(Level.Invocation)
  public void close() {
    if (machine != null) {
      machine.close();
    }
    if (result == null
        || result.outcome() != Outcome.COMPLETED
        || result.driverStatus().getFirst() != 0
        || result.exits().getOrDefault("MMIO", 0L) != pages) {
      throw new IllegalStateException("not every page was judged and granted: " + result);
    }
  }

  @TearDown
  public void closeKvm() {
    kvm.close();
  }
}
