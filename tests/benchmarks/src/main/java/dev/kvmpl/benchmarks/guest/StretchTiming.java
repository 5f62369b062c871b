// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import org.HdrHistogram.Histogram;

/** What a driver does between two exits, so many times: from its return to its next exit. */
public final class StretchTiming extends Timing {
  private final Histogram times = Samples.of(Samples.OPERATION);
  private final int repeated;
  private long back;

  /** Of that many operations a stretch. */
  public StretchTiming(int skipped, int repeated) {
    super(skipped);
    this.repeated = repeated;
  }

  @Override
  void left(int level, long now) {
    if (level > 0 && back != 0) {
      if (ended()) {
        times.recordValue((now - back) / repeated);
      }
      back = 0;
    }
  }

  @Override
  public void handedOver(int processor, int level) {
    if (processor != PROCESSOR) {
      return;
    }
    back = level > 0 ? System.nanoTime() : 0;
  }
}
