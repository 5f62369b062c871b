// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Takes the times of operations inside of a machine's run, by the clock of the host, and counts
 * what the vCPUs' threads allocate. What it is told of is what the hypervisor sees: guests run as
 * ever.
 */
public abstract class Timing implements Observer {
  /** Whose operations are timed: what others do, on threads of their own, is nothing of this. */
  static final int PROCESSOR = 0;

  private static final int LEVELS = Vmpl.values().length;

  private final int skipped;
  private final long[] allocatedFrom = new long[LEVELS];
  private final long[] allocated = new long[LEVELS];
  private int seen;
  private long most = Long.MAX_VALUE;

  /**
   * Of one machine.
   *
   * @param skipped operations that are not counted: the first ones
   */
  Timing(int skipped) {
    this.skipped = skipped;
  }

  @Override
  public final Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
    if (vcpu.processor() != PROCESSOR) {
      return Reply.GO_ON;
    }
    long now = System.nanoTime();
    int level = vcpu.level().number();
    left(level, now);
    if (counts()) {
      allocated[level] = Allocation.bytes();
      if (allocatedFrom[level] == 0) {
        allocatedFrom[level] = allocated[level];
      }
    }
    return Reply.GO_ON;
  }

  /** A vCPU has left the guest. */
  void left(int level, long now) {}

  /** What comes after that many operations, such as the driver's end, is none. */
  public final void until(long operations) {
    most = operations;
  }

  /** Whether the operation that goes on is counted. */
  final boolean counts() {
    return seen >= skipped && seen < most;
  }

  /** An operation has ended; whether it is counted. */
  final boolean ended() {
    boolean counted = counts();
    seen++;
    return counted;
  }

  /** How many operations it has seen, those that it does not count too. */
  public final int seen() {
    return seen;
  }

  /** Says what the counted operations have allocated. */
  public final void report() {
    long bytes = 0;
    for (int level = 0; level < LEVELS; level++) {
      bytes += allocated[level] - allocatedFrom[level];
    }
    Samples.allocated((double) bytes, Math.max(1, Math.min(seen, most) - skipped));
  }
}
