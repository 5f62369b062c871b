// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An observer pauses a machine whose guests run: none goes on before it lets them. */
@RequiresKvm
class PausedMachineTest {
  /** Pauses at the first verdict, and notes what happens until it is told to go on. */
  private static final class Pauser implements Observer {
    final CountDownLatch paused = new CountDownLatch(1);
    final AtomicInteger exits = new AtomicInteger();
    private @Nullable LaunchedMachine launched;

    @Override
    public void launched(LaunchedMachine machine) {
      launched = machine;
    }

    @Override
    public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
      if (!(exit instanceof VcpuExit.Interrupted)) {
        exits.incrementAndGet();
      }
      return Reply.GO_ON;
    }

    @Override
    public Reply step(
        Step step, WatchedVcpu vcpu, int driver, Access access, long gpa, long length, long data) {
      if (step == Step.EXIT1 && paused.getCount() != 0) {
        paused.countDown();
        return Reply.PAUSE;
      }
      return Reply.GO_ON;
    }

    void resume() {
      Objects.requireNonNull(launched).resume().run();
    }
  }

  private static int exitsInAPause(Pauser pauser) {
    try {
      pauser.paused.await();
      Thread.sleep(200); // those that were inside have left
      int before = pauser.exits.get();
      Thread.sleep(200);
      return pauser.exits.get() - before;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    } finally {
      pauser.resume();
    }
  }

  /** While one processor attempts something, another makes exits all the time. */
  @ParameterizedTest
  @EnumSource
  void pausedMachine_makesNoExit_andGoesOn(HandOverKind kind) throws Exception {
    Pauser pauser = new Pauser();
    try (TestMachine machine =
        TestMachine.with()
            .handOver(kind)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), TestMachine.FREE, 8L, 7L)
            .driver(BuiltInPayload.STORE, Vmpl.VMPL3, List.of(2), TestMachine.FREE + 4096, 8L, 8L)
            .build()) {
      CompletableFuture<Integer> exitsMeanwhile =
          CompletableFuture.supplyAsync(() -> exitsInAPause(pauser));
      RunResult result = machine.run(pauser);

      assertEquals(0, exitsMeanwhile.join());
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(7, machine.memory().getLong(TestMachine.FREE));
      assertEquals(8, machine.memory().getLong(TestMachine.FREE + 4096));
    }
  }

  @Test
  @Tag("endless-guest")
  void pausedMachineThatNobodyResumes_endsWithItsTime() {
    Pauser pauser = new Pauser();
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.builtIn(BuiltInPayload.STORE), TestMachine.FREE, 8L, 7L)
            .timeLimit(Duration.ofSeconds(1))
            .build()) {
      RunResult result = machine.run(pauser);

      assertEquals(Outcome.TIMED_OUT, result.outcome(), result.message());
      assertTrue(result.message().startsWith("not done after"), result.message());
    }
  }
}
