// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/** Each vCPU has a thread of its own; those that wait spin before they park. */
public final class ThreadPerVcpu implements HandOver {
  private final Turns turns = new Turns(Vmpl.values().length);
  private final List<KickableThread> threads = new ArrayList<>();
  private final boolean bound;

  /**
   * @param bound whether VMPL0's thread is to run on the host's boot CPU, and the others beside it
   */
  public ThreadPerVcpu(boolean bound) {
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
    for (LevelVcpu vcpu : vcpus) {
      new OfVcpu(new VcpuLoop(vcpu, turns, handler), handler, ended);
    }
    threads.forEach(KickableThread::start);
  }

  @Override
  public void end() {
    turns.end();
  }

  @Override
  public void stop() {
    threads.forEach(KickableThread::stop);
  }

  /** One vCPU with its thread. */
  private final class OfVcpu {
    private final VcpuLoop loop;
    private final ExitHandler handler;
    private final Runnable ended;
    private final KickableThread thread;

    OfVcpu(VcpuLoop loop, ExitHandler handler, Runnable ended) {
      this.loop = loop;
      this.handler = handler;
      this.ended = ended;
      this.thread = new KickableThread(loop.vcpu().name(), this::run);
      loop.vcpu().runsOn(thread::kick);
      threads.add(thread);
    }

    private HostCpu cpu() {
      if (!bound) {
        return HostCpu.ANY;
      }
      return loop.vcpu().level() == Vmpl.VMPL0 ? HostCpu.BOOT : HostCpu.OTHER;
    }

    private void run() {
      try {
        loop.prepare(thread, cpu());
        while (turns.await(loop.vcpu().level().number())) {
          if (!loop.takeTurn()) {
            break;
          }
        }
      } catch (RuntimeException | Error e) {
        handler.crashed(loop.vcpu(), e);
      } finally {
        ended.run();
      }
    }
  }
}
