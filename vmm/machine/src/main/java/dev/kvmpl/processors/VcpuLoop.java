// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.kvm.exit.VcpuExit;
import org.jspecify.annotations.Nullable;

/** Runs one vCPU while it is its turn. Belongs to the thread that does. */
final class VcpuLoop {
  private final LevelVcpu self;
  private final Turns turns;
  private final ExitHandler handler;

  VcpuLoop(LevelVcpu self, Turns turns, ExitHandler handler) {
    this.self = self;
    this.turns = turns;
    this.handler = handler;
  }

  /**
   * Before the first turn, on the thread that is going to run the vCPU. A guest that could not be
   * stopped must not start: a sandbox may prohibit to send signals.
   */
  void prepare(KickableThread thread, HostCpu where) {
    where.choose();
    thread.admitKicks();
    self.cpu().interruptibleByKick();
    thread.kick();
    KickSignal.drain();
  }

  LevelVcpu vcpu() {
    return self;
  }

  /**
   * Runs the vCPU from exit to exit, until it is the turn of another.
   *
   * @return false if the machine has ended
   */
  boolean takeTurn() {
    Next next = Next.RESUME;
    while (next == Next.RESUME) {
      VcpuExit exit = enter();
      if (exit instanceof VcpuExit.Interrupted) {
        KickSignal.drain(); // before looking why: a kick from now on is seen at the next entry
      }
      if (exit == null || turns.isOver()) {
        return false;
      }
      next = handler.handle(self, exit);
    }
    return next != Next.STOP;
  }

  /** Runs the vCPU to its next exit; null if it must not enter the guest any more. */
  private @Nullable VcpuExit enter() {
    if (!self.gate().enter()) {
      return null;
    }
    try {
      self.entersAt(handler.now());
      return self.cpu().run();
    } finally {
      self.gate().leave();
    }
  }
}
