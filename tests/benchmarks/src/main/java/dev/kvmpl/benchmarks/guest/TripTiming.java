// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;
import org.HdrHistogram.Histogram;

/**
 * Round trips in which something is granted, from one return to the driver's level to the next, and
 * their parts.
 */
public final class TripTiming extends Timing {
  /** The driver's code runs on to its next exit. */
  public static final String RUN = "1 driver runs to its exit";

  /** The hypervisor finds out what it was, or with it the guest kernel, and asks VMPL0. */
  public static final String CATCH = "2 caught and VMPL0 asked";

  /** The validator's code, up to its last RMPADJUST. */
  public static final String JUDGE = "3 validator judges";

  /** That RMPADJUST: the permissions change. */
  public static final String GRANT = "4 permissions change";

  /** The interrupt, its handler's exit, and the way back. */
  public static final String ANSWER = "5 answer by interrupt";

  private final Histogram trips = Samples.of(Samples.OPERATION);
  private final Histogram run = Samples.of(RUN);
  private final Histogram caught = Samples.of(CATCH);
  private final Histogram judged = Samples.of(JUDGE);
  private final Histogram granted = Samples.of(GRANT);
  private final Histogram answered = Samples.of(ANSWER);

  // Times of the trip that goes on; 0: not yet.
  private long back;
  private long exited;
  private long asked;
  private long adjusts;
  private long opened;

  /** As {@link Timing}. */
  public TripTiming(int skipped) {
    super(skipped);
  }

  @Override
  void left(int level, long now) {
    if (level == 0 && opened == 0) {
      adjusts = now;
    } else if (level > 0 && exited == 0) {
      exited = now;
    }
  }

  @Override
  public Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    if (step == Step.GRANT && vcpu.processor() == PROCESSOR && opened == 0) {
      opened = System.nanoTime();
    }
    return Reply.GO_ON;
  }

  @Override
  public void handedOver(int processor, int level) {
    if (processor != PROCESSOR) {
      return;
    }
    long now = System.nanoTime();
    if (level == 0) {
      asked = now;
      return;
    }
    if (back != 0 && exited != 0 && asked != 0 && opened != 0 && ended()) {
      trips.recordValue(now - back);
      run.recordValue(exited - back);
      caught.recordValue(asked - exited);
      judged.recordValue(adjusts - asked);
      granted.recordValue(opened - adjusts);
      answered.recordValue(now - opened);
    }
    back = now;
    exited = 0;
    asked = 0;
    opened = 0;
  }
}
