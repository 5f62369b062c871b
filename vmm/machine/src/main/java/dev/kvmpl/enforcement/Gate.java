// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.enforcement;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps vCPUs out of the guest while something changes that they would see half-done. Closed by one
 * thread at a time, which is itself outside. Passing an open gate takes two atomic operations.
 */
public final class Gate {
  private static final long RECHECK_NS = 20_000;

  private final AtomicInteger inside = new AtomicInteger();
  private final List<Runnable> kicks = new CopyOnWriteArrayList<>();
  private volatile boolean closed;
  private volatile boolean shut;

  /** An open gate. */
  public Gate() {}

  /**
   * Adds a vCPU that passes the gate.
   *
   * @param kick makes a vCPU that is inside leave soon; harmless when it is not
   */
  public void expect(Runnable kick) {
    kicks.add(kick);
  }

  /**
   * Before a vCPU enters the guest: waits while the gate is closed.
   *
   * @return false if it is shut: the vCPU must not enter
   */
  public boolean enter() {
    inside.incrementAndGet();
    while (closed) {
      inside.decrementAndGet();
      while (closed) {
        if (shut) {
          return false;
        }
        LockSupport.parkNanos(this, RECHECK_NS);
      }
      inside.incrementAndGet();
    }
    return true;
  }

  /** After it has left. */
  public void leave() {
    inside.decrementAndGet();
  }

  /** Lets nobody in any more, and waits until everybody has left. */
  public void close() {
    closed = true;
    // Whoever entered before has either seen it, or gets the kick before or inside the guest.
    if (inside.get() != 0) {
      kicks.forEach(Runnable::run);
      while (inside.get() != 0) {
        LockSupport.parkNanos(this, RECHECK_NS);
      }
    }
  }

  /** Undoes {@link #close}, unless the gate is shut. */
  public void open() {
    closed = shut;
  }

  /** Closes it for ever. */
  public void shut() {
    shut = true;
    close();
  }
}
