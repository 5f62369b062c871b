// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LinuxMarks;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.linux.LinuxMachine;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.boot.RamDisk;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.linux.writers.KernelSymbols;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.spec.EnforcementKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A whole run of a Linux guest, on one processor, inside of which something is timed. */
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public abstract class LinuxBenchmark extends SingleRun {
  /** The variable that names the guest's kernel. */
  public static final String KERNEL = "KVMPL_GUEST_KERNEL";

  private static final Policy CLOSED =
      new Policy(List.of(new Protected.KernelText(), new Protected.KernelRodata()), List.of());
  private static final String NONE = "none";
  private static final long MEMORY = 256 << 20;
  private static final Duration LIMIT = Duration.ofMinutes(10);

  private final Kvm kvm = Kvm.open();

  /** {@code none} for a guest of which nothing is protected. */
  abstract String enforcement();

  /** What runs inside. */
  abstract String command();

  /** Who watches. */
  Observer[] observers() {
    return new Observer[0];
  }

  /** What is done at lines of its console. */
  void prepare(LinuxMachine machine, LinuxMarks marks) {}

  /** Records the times of a run that began then. */
  abstract void report(LinuxResult result, LinuxMarks marks, long begin);

  @Benchmark
  public LinuxResult run() throws Exception {
    LinuxMarks marks = new LinuxMarks();
    try (LinuxMachine machine = new LinuxMachine(kvm, spec(), marks)) {
      prepare(machine, marks);
      long begin = System.nanoTime();
      LinuxResult result = machine.run(LIMIT, observers());
      if (result.outcome() != Outcome.COMPLETED || result.status().orElse(1) != 0) {
        throw new IllegalStateException(result.outcome() + " " + result.message());
      }
      report(result, marks, begin);
      return result;
    }
  }

  private LinuxSpec spec() throws Exception {
    boolean closed = !enforcement().equals(NONE);
    RamDisk disk = LinuxFiles.ramDisk().run(command());
    return new LinuxSpec(
        LinuxFiles.validator(),
        LinuxFiles.kernel(Path.of(System.getenv(KERNEL))),
        (closed ? disk.protect() : disk).archive(),
        "quiet",
        1,
        MEMORY,
        closed
            ? EnforcementKind.valueOf(enforcement().toUpperCase(Locale.ROOT))
            : EnforcementKind.SLOTS,
        closed ? CLOSED : Policy.none(),
        KernelSymbols.none());
  }

  @TearDown
  public void close() {
    kvm.close();
  }
}
