// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.kvm.VcpuExit;
import java.time.Duration;

/**
 * The thread that runs one vCPU whenever it holds the baton. Can be stopped from outside at any
 * moment, even while its guest loops.
 */
final class VcpuThread {
  /** What to do after an exit. */
  enum Next {
    /** Run this vCPU on. */
    RESUME,
    /** The other vCPU's turn. */
    SWITCH,
    /** The machine has ended. */
    STOP
  }

  private final LevelVcpu self;
  private final int other;
  private final Baton baton;
  private final Hypervisor hypervisor;
  private final Thread thread;

  private final Object kickLock = new Object();
  private int threadId; // 0 while the thread cannot take the signal

  VcpuThread(LevelVcpu self, int other, Baton baton, Hypervisor hypervisor) {
    this.self = self;
    this.other = other;
    this.baton = baton;
    this.hypervisor = hypervisor;
    this.thread = Thread.ofPlatform().name(self.name()).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /**
   * Waits for the thread's end.
   *
   * @param nanos the longest time
   * @return whether it has ended
   */
  boolean join(long nanos) throws InterruptedException {
    return thread.join(Duration.ofNanos(Math.max(0, nanos)));
  }

  /** Ends the thread, wherever its guest is. The baton has to be dropped before. */
  void stop() {
    boolean interrupted = false;
    synchronized (kickLock) {
      if (threadId != 0) {
        KickSignal.send(threadId);
      }
    }
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // the machine's memory must not go before its threads have
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      KickSignal.block();
      synchronized (kickLock) {
        threadId = Syscalls.gettid();
      }
      self.vcpu().interruptibleByKick();
      loop();
    } catch (RuntimeException | Error e) {
      hypervisor.crashed(self, e);
    } finally {
      baton.drop();
      synchronized (kickLock) {
        threadId = 0;
      }
      KickSignal.consume();
    }
  }

  private void loop() {
    while (baton.await(self.number())) {
      Next next = Next.RESUME;
      while (next == Next.RESUME) {
        VcpuExit exit = self.vcpu().run();
        if (baton.isDropped()) {
          return;
        }
        next = hypervisor.handle(self, exit);
      }
      if (next == Next.STOP) {
        return;
      }
      baton.pass(other);
    }
  }
}
