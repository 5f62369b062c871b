// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Says which one of a processor's vCPU threads runs.
 *
 * <p>A waiting thread spins for a while before it parks, because a verdict is there within
 * microseconds and waking a parked thread takes longer. On one CPU it parks at once: the holder
 * needs that CPU.
 */
final class Baton {
  /** In place of a thread's number. */
  static final int NOBODY = -1;

  private static final int SPINS = Runtime.getRuntime().availableProcessors() > 1 ? 20_000 : 0;

  private volatile int holder;
  private volatile boolean dropped;

  /**
   * Set before its thread looks at {@link #holder}, so that whoever passes the baton can wake it.
   */
  private final AtomicReferenceArray<@Nullable Thread> waiting;

  /**
   * A baton for {@code threads} threads, in the hand of number {@code first} or {@link #NOBODY}.
   */
  Baton(int threads, int first) {
    waiting = new AtomicReferenceArray<>(threads);
    holder = first;
  }

  int holder() {
    return holder;
  }

  /** To be called for the holder only, or for {@link #NOBODY} by whoever the machine lets. */
  void pass(int to) {
    holder = to;
    if (to != NOBODY) {
      LockSupport.unpark(waiting.get(to));
    }
  }

  /** Nobody gets it any more: everybody who waits is let go. */
  void drop() {
    dropped = true;
    for (int i = 0; i < waiting.length(); i++) {
      LockSupport.unpark(waiting.get(i));
    }
  }

  boolean isDropped() {
    return dropped;
  }

  /**
   * Waits for the baton.
   *
   * @param self the calling thread's number
   * @return whether it came; false once it is dropped
   */
  boolean await(int self) {
    for (int i = 0; i < SPINS; i++) {
      if (holder == self || dropped) {
        return !dropped;
      }
      Thread.onSpinWait();
    }
    waiting.set(self, Thread.currentThread());
    while (holder != self && !dropped) {
      LockSupport.park(this);
    }
    return !dropped;
  }
}
