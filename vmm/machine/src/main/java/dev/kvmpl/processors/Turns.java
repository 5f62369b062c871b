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
  private final AtomicReferenceArray<@Nullable Thread> threads;

  /**
   * Nobody's turn yet.
   *
   * @param vcpus their numbers are below
   */
  Turns(int vcpus) {
    threads = new AtomicReferenceArray<>(vcpus);
  }

  int whose() {
    return whose;
  }

  /**
   * The turn of {@code to}, or nobody's. One of the threads that take turns wakes the next only
   * when it waits itself: until then it has the machine's lock, and whoever is woken on its CPU
   * would only come to wait for that.
   */
  void pass(int to) {
    whose = to;
    if (!isOneOfThese(Thread.currentThread())) {
      wake(to);
    }
  }

  private boolean isOneOfThese(Thread thread) {
    for (int i = 0; i < threads.length(); i++) {
      if (threads.get(i) == thread) {
        return true;
      }
    }
    return false;
  }

  private void wake(int next) {
    if (next != HandOver.NOBODY) {
      LockSupport.unpark(threads.get(next));
    }
  }

  /** Nobody gets a turn any more: everybody who waits is let go. */
  void end() {
    over = true;
    for (int i = 0; i < threads.length(); i++) {
      LockSupport.unpark(threads.get(i));
    }
  }

  boolean isOver() {
    return over;
  }

  /** Waits until it is the turn of {@code self}; false once there are no turns any more. */
  boolean await(int self) {
    threads.set(self, Thread.currentThread());
    int next = whose;
    if (next != self) {
      wake(next);
    }
    for (int i = 0; i < SPINS; i++) {
      if (whose == self || over) {
        return !over;
      }
      Thread.onSpinWait();
    }
    while (whose != self && !over) {
      LockSupport.park(this);
    }
    return !over;
  }

  /** Waits until it is anybody's turn; {@link HandOver#NOBODY} once there are no turns any more. */
  int awaitAny() {
    for (int i = 0; i < threads.length(); i++) {
      threads.set(i, Thread.currentThread());
    }
    int next = whose;
    while (next == HandOver.NOBODY && !over) {
      LockSupport.park(this);
      next = whose;
    }
    return over ? HandOver.NOBODY : next;
  }
}
