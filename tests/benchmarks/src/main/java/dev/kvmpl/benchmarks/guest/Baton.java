// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** Two threads that take turns, as the vCPUs of two levels do, and nothing else. */
public final class Baton {
  private static final int SPINS = 20_000;
  private static final int FIRST = 0;
  private static final int SECOND = 1;
  private static final int OVER = 2;

  private final int spins;
  private final boolean parks;
  private final Thread second = new Thread(this::answer, "second");
  private volatile int turn = FIRST;
  private volatile @Nullable Thread first;

  private Baton(int spins, boolean parks) {
    this.spins = spins;
    this.parks = parks;
  }

  /** Whoever waits spins, and never sleeps. */
  public static Baton spinning() {
    return new Baton(Integer.MAX_VALUE, false);
  }

  /** Whoever waits spins for a while, then sleeps. */
  public static Baton spinningThenParking() {
    return new Baton(SPINS, true);
  }

  /** Whoever waits sleeps. */
  public static Baton parking() {
    return new Baton(0, true);
  }

  /** Starts the other thread; the caller is the one to go first. */
  public void start() {
    first = Thread.currentThread();
    second.setDaemon(true);
    second.start();
  }

  /** To the other thread and back. */
  public void thereAndBack() {
    pass(SECOND, second);
    await(FIRST);
  }

  private void answer() {
    while (await(SECOND) != OVER) {
      pass(FIRST, first);
    }
  }

  private void pass(int to, @Nullable Thread thread) {
    turn = to;
    if (parks) {
      LockSupport.unpark(thread);
    }
  }

  private int await(int self) {
    for (int i = 0; i < spins && turn != self && turn != OVER; i++) {
      Thread.onSpinWait();
    }
    while (turn != self && turn != OVER) {
      if (parks) {
        LockSupport.park(this);
      } else {
        Thread.onSpinWait();
      }
    }
    return turn;
  }

  /** Ends the other thread. */
  public void stop() throws InterruptedException {
    turn = OVER;
    LockSupport.unpark(second);
    second.join();
  }
}
