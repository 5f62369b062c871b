// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Says which one of a processor's vCPUs runs.
 *
 * <p>A waiting thread spins for a while before it parks, because a verdict is there within
 * microseconds and waking a parked thread takes longer. On one CPU it parks at once: whoever runs
 * needs that CPU.
 */
final class Turns {
  private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 20_000 : 0;

  private volatile int whose = HandOver.NOBODY;
  private volatile boolean over;

  /** Set before its thread looks at {@link #whose}, so that whoever changes that can wake it. */
  private final AtomicReferenceArray<@Nullable Thread> waiting;

  /**
   * Nobody's turn yet.
   *
   * @param vcpus their numbers are below
   */
  Turns(int vcpus) {
    waiting = new AtomicReferenceArray<>(vcpus);
  }

  int whose() {
    return whose;
  }

  void pass(int to) {
    whose = to;
    if (to != HandOver.NOBODY) {
      LockSupport.unpark(waiting.get(to));
    }
  }

  /** Nobody gets a turn any more: everybody who waits is let go. */
  void end() {
    over = true;
    for (int i = 0; i < waiting.length(); i++) {
      LockSupport.unpark(waiting.get(i));
    }
  }

  boolean isOver() {
    return over;
  }

  /** Waits until it is the turn of {@code self}; false once there are no turns any more. */
  boolean await(int self) {
    for (int i = 0; i < SPINS; i++) {
      if (whose == self || over) {
        return !over;
      }
      Thread.onSpinWait();
    }
    waiting.set(self, Thread.currentThread());
    while (whose != self && !over) {
      LockSupport.park(this);
    }
    return !over;
  }

  /** Waits until it is anybody's turn; {@link HandOver#NOBODY} once there are no turns any more. */
  int awaitAny() {
    for (int i = 0; i < waiting.length(); i++) {
      waiting.set(i, Thread.currentThread());
    }
    int next = whose;
    while (next == HandOver.NOBODY && !over) {
      LockSupport.park(this);
      next = whose;
    }
    return over ? HandOver.NOBODY : next;
  }
}
