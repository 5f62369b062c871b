// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import org.HdrHistogram.Histogram;

/** From one exit of a level to its next. */
public final class ExitTiming extends Timing {
  private final Histogram times = Samples.of(Samples.OPERATION);
  private final int level;
  private long before;

  /** Of that level. */
  public ExitTiming(int skipped, int level) {
    super(skipped);
    this.level = level;
  }

  @Override
  void left(int which, long now) {
    if (which == level) {
      if (before != 0 && ended()) {
        times.recordValue(now - before);
      }
      before = now;
    }
  }
}
