// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import org.HdrHistogram.Histogram;

/**
 * Groups of operations, of which each has its part of the time from one group's end to the next.
 */
public final class GroupTiming extends Timing {
  private final Histogram times = Samples.of(Samples.OPERATION);
  private final int verdicts;
  private final int operations;
  private int given;
  private long back;

  /**
   * Of groups that are alike.
   *
   * @param skipped groups that are not counted
   * @param verdicts how often VMPL0 is asked in a group
   * @param operations in a group
   */
  public GroupTiming(int skipped, int verdicts, int operations) {
    super(skipped);
    this.verdicts = verdicts;
    this.operations = operations;
  }

  @Override
  public void handedOver(int processor, int level) {
    if (processor != PROCESSOR || level <= 0 || given++ % verdicts != 0) {
      return;
    }
    long now = System.nanoTime();
    if (back != 0 && ended()) {
      times.recordValue((now - back) / operations);
    }
    back = now;
  }
}
