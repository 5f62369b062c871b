// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import org.HdrHistogram.Histogram;

/** What VMPL0 is asked: its part from the question to the answer, or all from return to return. */
public final class AnswerTiming extends Timing {
  private final Histogram times = Samples.of(Samples.OPERATION);
  private final boolean all;
  private long asked;
  private long back;

  private AnswerTiming(int skipped, boolean all) {
    super(skipped);
    this.all = all;
  }

  /** VMPL0's part. */
  public static AnswerTiming ofVmpl0(int skipped) {
    return new AnswerTiming(skipped, false);
  }

  /** From one return to the asking level to the next. */
  public static AnswerTiming ofAll(int skipped) {
    return new AnswerTiming(skipped, true);
  }

  @Override
  public void handedOver(int processor, int level) {
    long now = System.nanoTime();
    if (level == 0) {
      asked = now;
      return;
    }
    if (asked != 0 && back != 0 && ended()) {
      times.recordValue(now - (all ? back : asked));
    }
    back = now;
    asked = 0;
  }
}
