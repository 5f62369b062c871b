// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.kvm.VcpuExit;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that runs one vCPU whenever it is its processor's turn. Can be stopped from outside at
 * any moment, even while its guest loops.
 */
final class VcpuThread {
  /** What to do after an exit. */
  enum Next {
    /** Run this vCPU on. */
    RESUME,
    /** Run the vCPU whose turn it is, which may be this one. */
    TAKE_TURNS,
    /** The machine has ended. */
    STOP
  }

  private static final Logger LOG = LoggerFactory.getLogger(VcpuThread.class);
  private static final Duration KICK_AGAIN = Duration.ofMillis(10);

  private final LevelVcpu self;
  private final Baton baton;
  private final Hypervisor hypervisor;
  private final CountDownLatch ended;
  private final Thread thread;

  private final Object kickLock = new Object();
  private int threadId; // 0 while the thread cannot take the signal

  /**
   * @param ended counted down when the thread ends: the machine has
   */
  VcpuThread(LevelVcpu self, Hypervisor hypervisor, CountDownLatch ended) {
    this.self = self;
    this.baton = self.processor().baton();
    this.hypervisor = hypervisor;
    this.ended = ended;
    this.thread = Thread.ofPlatform().name(self.name()).unstarted(this::run);
    self.gate().expect(this::kick);
    self.kick = this::kick;
  }

  void start() {
    thread.start();
  }

  /** Makes the vCPU leave the guest, if it is inside. */
  private void kick() {
    synchronized (kickLock) {
      if (threadId != 0) {
        KickSignal.send(threadId);
      }
    }
  }

  /** Ends the thread, wherever its guest is. The baton has to be dropped before. */
  void stop() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      // The machine's memory must not go before its threads have: a kick that fails is sent again.
      try {
        kick();
        thread.join(KICK_AGAIN);
      } catch (SyscallException e) {
        LOG.debug("kick of {}", self.name(), e);
        LockSupport.parkNanos(KICK_AGAIN.toNanos());
      } catch (InterruptedException e) {
        interrupted = true;
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
      tryKick();
      loop();
    } catch (RuntimeException | Error e) {
      hypervisor.crashed(self, e);
    } finally {
      synchronized (kickLock) {
        threadId = 0; // nobody can kick any more
      }
      KickSignal.drain();
      ended.countDown();
    }
  }

  /** A guest that could not be stopped must not start: a sandbox may prohibit to send signals. */
  private void tryKick() {
    kick();
    KickSignal.drain();
  }

  private void loop() {
    while (baton.await(self.level().number())) {
      Next next = Next.RESUME;
      while (next == Next.RESUME) {
        VcpuExit exit = enter();
        if (exit instanceof VcpuExit.Interrupted) {
          KickSignal.drain(); // before looking why: a kick from now on is seen at the next entry
        }
        if (exit == null || baton.isDropped()) {
          return;
        }
        next = hypervisor.handle(self, exit);
      }
      if (next == Next.STOP) {
        return;
      }
    }
  }

  /** Runs the vCPU to its next exit; null if it must not enter the guest any more. */
  private @Nullable VcpuExit enter() {
    if (!self.gate().enter()) {
      return null;
    }
    try {
      self.entersAt(hypervisor.changes().now());
      return self.vcpu().run();
    } finally {
      self.gate().leave();
    }
  }
}
