// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@RequiresKvm
@Tag("endless-guest")
class KickTest {
  private static final long PATIENCE_S = 60;
  private static final int MANY = 100_000;

  @Test
  void guestThatLoopsForEver_isInterruptedByAKick_andLoopsOnAfterIt() throws Exception {
    // ff 07    1: incl (%rdi)
    // eb fc    jmp 1b
    try (ExecutorService thread = Executors.newSingleThreadExecutor();
        SmallGuest guest = SmallGuest.running("ff 07 eb fc").mapPage(false)) {
      int threadId = thread.submit(KickTest::prepare).get();
      guest.vcpu().interruptibleByKick();

      Future<VcpuExit> exit = thread.submit(() -> runUntilKicked(guest));
      awaitChange(guest);
      KickSignal.send(threadId);
      assertInstanceOf(VcpuExit.Interrupted.class, exit.get(PATIENCE_S, TimeUnit.SECONDS));

      exit = thread.submit(() -> runUntilKicked(guest));
      awaitChange(guest);
      KickSignal.send(threadId);
      assertInstanceOf(VcpuExit.Interrupted.class, exit.get(PATIENCE_S, TimeUnit.SECONDS));
    }
  }

  @Test
  void kicksBeforeTheGuestRuns_areOne_andGoneOnceTaken() throws Exception {
    // f4    hlt
    try (ExecutorService thread = Executors.newSingleThreadExecutor();
        SmallGuest guest = SmallGuest.running("f4")) {
      int threadId = thread.submit(KickTest::prepare).get();
      guest.vcpu().interruptibleByKick();
      for (int i = 0; i < MANY; i++) {
        KickSignal.send(threadId);
      }

      assertInstanceOf(
          VcpuExit.Interrupted.class, thread.submit(() -> runUntilKicked(guest)).get());

      assertInstanceOf(VcpuExit.Halt.class, thread.submit(guest.vcpu()::run).get());
    }
  }

  /** The next test would not be reached. */
  @Test
  void threadThatEndsWithAKickPending_endsAlone() throws Exception {
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      KickSignal.send(thread.submit(KickTest::prepare).get());
    }
  }

  private static int prepare() {
    KickSignal.block();
    return Syscalls.gettid();
  }

  private static VcpuExit runUntilKicked(SmallGuest guest) {
    VcpuExit exit = guest.vcpu().run();
    KickSignal.drain();
    return exit;
  }

  /** Waits until the guest counts, so that the signal finds it in KVM_RUN. */
  private static void awaitChange(SmallGuest guest) {
    int before = guest.memory().getInt(SmallGuest.PAGE);
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (guest.memory().getInt(SmallGuest.PAGE) == before && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertTrue(guest.memory().getInt(SmallGuest.PAGE) != before, "the guest does not run");
  }
}
