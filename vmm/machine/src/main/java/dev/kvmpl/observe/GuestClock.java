// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.observe;

import java.util.OptionalLong;

/** Turns a vCPU's time-stamp counter into the host's time. */
public final class GuestClock {
  private final long startTsc;
  private final long startNs;
  private final long khz;

  /**
   * By one reading of both clocks.
   *
   * @param tsc the counter
   * @param ns the same moment as {@link System#nanoTime} counts
   * @param khz the counter's frequency, empty if the host cannot tell
   */
  public GuestClock(long tsc, long ns, OptionalLong khz) {
    this.startTsc = tsc;
    this.startNs = ns;
    this.khz = khz.orElse(0);
  }

  /**
   * When the counter had that value.
   *
   * @param latestNs when it certainly had it: what comes out is not later
   * @return as {@link System#nanoTime} counts
   */
  public long toNs(long tsc, long latestNs) {
    if (khz == 0) {
      return latestNs;
    }
    double ns = (tsc - startTsc) * 1e6 / khz;
    return startNs + Math.clamp((long) ns, 0, Math.max(0, latestNs - startNs));
  }
}
