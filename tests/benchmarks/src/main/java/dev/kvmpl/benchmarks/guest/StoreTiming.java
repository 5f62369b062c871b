// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.benchmarks.samples.Samples;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.trace.Step;

/** Times from EXIT1 to COMPLETE of what a Linux guest stores in closed memory. */
public final class StoreTiming implements Observer {
  private long since;

  /** Nothing has been stored. */
  public StoreTiming() {}

  @Override
  public Reply step(
      Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
    long now = System.nanoTime();
    if (step == Step.EXIT1) {
      since = now;
    } else if (step == Step.COMPLETE) {
      Samples.of(Samples.OPERATION).recordValue(now - since);
    }
    return Reply.GO_ON;
  }
}
