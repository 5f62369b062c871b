// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.LoggerFactory;

/** A thread that runs vCPUs, and can be made to leave the guest from outside at any moment. */
final class KickableThread {
  private static final Duration KICK_AGAIN = Duration.ofMillis(10);

  private final Thread thread;
  private final Object kickLock = new Object();
  private int threadId; // 0 while the thread cannot take the signal

  /**
   * @param body what it does, {@link #admitKicks} first; it throws nothing
   */
  KickableThread(String name, Runnable body) {
    this.thread = Thread.ofPlatform().name(name).unstarted(() -> run(body));
  }

  void start() {
    thread.start();
  }

  private void run(Runnable body) {
    try {
      body.run();
    } finally {
      synchronized (kickLock) {
        threadId = 0; // nobody can kick any more
      }
      KickSignal.drain();
    }
  }

  /**
   * On the thread itself, before it enters a guest: from now on it can be kicked, and is not killed
   * by it.
   */
  void admitKicks() {
    KickSignal.block();
    synchronized (kickLock) {
      threadId = Syscalls.gettid();
    }
  }

  /** Makes it leave the guest, if it is inside. */
  void kick() {
    synchronized (kickLock) {
      if (threadId != 0) {
        KickSignal.send(threadId);
      }
    }
  }

  /** Waits for its end, and kicks it until then. It has been told before that it is to end. */
  void stop() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      // The machine's memory must not go before its threads have: a kick that fails is sent again.
      try {
        kick();
        thread.join(KICK_AGAIN);
      } catch (SyscallException e) {
        LoggerFactory.getLogger(KickableThread.class).debug("kick of {}", thread.getName(), e);
        LockSupport.parkNanos(KICK_AGAIN.toNanos());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
