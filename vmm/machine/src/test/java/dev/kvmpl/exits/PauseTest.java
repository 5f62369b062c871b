// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.observe.LaunchedMachine;
import dev.kvmpl.observe.Observer;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.script.Exits;
import dev.kvmpl.script.ScriptedMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An observer asks for a pause: no vCPU goes on before it lets them. */
class PauseTest {
  private final Pausing observer = new Pausing();
  private final ScriptedMachine machine =
      ScriptedMachine.with().processors(2).observer(observer).build().launch();
  private final LevelVcpu other = machine.start(2, Vmpl.VMPL2, 1);

  private static final class Pausing implements Observer {
    private volatile boolean wanted;
    private @Nullable LaunchedMachine launched;

    @Override
    public void launched(LaunchedMachine of) {
      launched = of;
    }

    @Override
    public Reply exit(WatchedVcpu vcpu, int driver, VcpuExit exit) {
      boolean pauses = wanted;
      wanted = false;
      return pauses ? Reply.PAUSE : Reply.GO_ON;
    }

    void resume() {
      Objects.requireNonNull(launched).resume().run();
    }
  }

  @AfterEach
  void close() {
    observer.resume();
    machine.close();
  }

  private CompletableFuture<Next> exitOf(LevelVcpu vcpu) {
    return CompletableFuture.supplyAsync(
        () -> machine.exit(vcpu, Exits.ghcb(Abi.GHCB_MSR_SEV_INFO_REQUEST())));
  }

  @Test
  void vcpusWait_withTheirExitsDealtWith_untilTheyMayGoOn() throws Exception {
    observer.wanted = true;
    CompletableFuture<Next> kernel = exitOf(machine.kernel());
    while (machine.kernel().ghcb().msrAnswer() == 0 || observer.wanted) {
      Thread.onSpinWait();
    }
    CompletableFuture<Next> driver = exitOf(other);
    Thread.sleep(50);
    assertFalse(kernel.isDone());
    assertFalse(driver.isDone());

    observer.resume();

    assertEquals(Next.RESUME, kernel.get(10, TimeUnit.SECONDS));
    assertEquals(Next.RESUME, driver.get(10, TimeUnit.SECONDS));
  }

  @Test
  void endOfTheMachine_isNotWaitedFor() throws Exception {
    machine.dispatcher().crashed(other, new IllegalStateException("over"));
    observer.wanted = true;

    assertEquals(Next.STOP, exitOf(machine.kernel()).get(10, TimeUnit.SECONDS));
    assertTrue(machine.failure().contains("over"));
  }
}
