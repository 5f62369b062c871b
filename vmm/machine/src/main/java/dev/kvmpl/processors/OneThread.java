// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One thread runs all vCPUs of the processor: a switch of levels wakes nobody. */
public final class OneThread implements HandOver {
  private final Turns turns = new Turns(Vmpl.values().length);
  private final @Nullable VcpuLoop[] loops = new @Nullable VcpuLoop[Vmpl.values().length];
  private final boolean bound;
  private @Nullable KickableThread thread;

  /**
   * @param bound whether the thread is to run on the host's boot CPU
   */
  public OneThread(boolean bound) {
    this.bound = bound;
  }

  @Override
  public int turn() {
    return turns.whose();
  }

  @Override
  public void pass(int level) {
    turns.pass(level);
  }

  @Override
  public void start(List<LevelVcpu> vcpus, ExitHandler handler, Runnable ended) {
    int processor = vcpus.getFirst().processor().apicId();
    KickableThread made =
        new KickableThread(
            String.format(Locale.ROOT, "processor%d", processor),
            () -> run(vcpus.getFirst(), handler, ended));
    thread = made;
    for (LevelVcpu vcpu : vcpus) {
      loops[vcpu.level().number()] = new VcpuLoop(vcpu, turns, handler);
      vcpu.runsOn(made::kick);
    }
    made.start();
  }

  private void run(LevelVcpu first, ExitHandler handler, Runnable ended) {
    LevelVcpu running = first;
    try {
      for (VcpuLoop loop : loops) {
        if (loop != null && thread != null) {
          running = loop.vcpu();
          loop.prepare(thread, bound ? HostCpu.BOOT : HostCpu.ANY);
        }
      }
      boolean goesOn = true;
      for (int level; goesOn && (level = turns.awaitAny()) != NOBODY; ) {
        VcpuLoop loop = loops[level];
        if (loop == null) {
          throw new IllegalStateException("no vCPU at level " + level);
        }
        running = loop.vcpu();
        goesOn = loop.takeTurn();
      }
    } catch (RuntimeException | Error e) {
      handler.crashed(running, e);
    } finally {
      ended.run();
    }
  }

  @Override
  public void end() {
    turns.end();
  }

  @Override
  public void stop() {
    if (thread != null) {
      thread.stop();
    }
  }
}
