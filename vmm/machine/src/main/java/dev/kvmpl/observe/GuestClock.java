// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

/** Turns a vCPU's time-stamp counter into the host's time. */
final class GuestClock {
  private final long startTsc;
  private final long startNs;
  private final long khz;

  /** Reads both clocks once; the vCPU must not run. */
  GuestClock(WatchedVcpu.Cpu clock) {
    startTsc = clock.counter();
    startNs = System.nanoTime();
    khz = clock.khz().orElse(0);
  }

  /**
   * When the counter had that value.
   *
   * @param latestNs when it certainly had it: what comes out is not later
   * @return as {@link System#nanoTime} counts
   */
  long toNs(long tsc, long latestNs) {
    if (khz == 0) {
      return latestNs;
    }
    double ns = (tsc - startTsc) * 1e6 / khz;
    return startNs + Math.clamp((long) ns, 0, Math.max(0, latestNs - startNs));
  }
}
