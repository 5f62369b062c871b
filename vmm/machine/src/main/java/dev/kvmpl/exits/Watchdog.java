// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.attempts.PendingAccess;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.processors.FailureReport;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.stores.PendingInstruction.Obstacle;
import dev.kvmpl.vmpl.Vmpl;
import java.util.concurrent.TimeUnit;

/**
 * Finds stores that KVM neither carries out nor tells of: it tries again for ever, in KVM_RUN, and
 * only time shows it. A vCPU that has made no exit for a whole period is kicked and looked at. One
 * whose registers are the same at several looks, RIP with them, and that is at a store to where its
 * level may not write, cannot be anywhere else before the next look either: the store would have
 * been an exit. A guest that merely loops is at such a store never.
 *
 * <p>(A thread that gets no CPU for as long looks the same, if it happens to be before a store that
 * is going to be caught. It is an attempt as well, and judged as one.)
 *
 * <p>Belongs to the machine's lock. A guest that makes exits pays for none of this.
 */
public final class Watchdog {
  /** How often to look, nanoseconds. */
  public static final long PERIOD_NS = TimeUnit.MILLISECONDS.toNanos(200);

  private static final int LOOKS = 3;

  private final GuestMemory memory;
  private final Permissions permissions;
  private final Processors processors;
  private final Attempts attempts;
  private final MachineEnd end;

  Watchdog(
      GuestMemory memory,
      Permissions permissions,
      Processors processors,
      Attempts attempts,
      MachineEnd end) {
    this.memory = memory;
    this.permissions = permissions;
    this.processors = processors;
    this.attempts = attempts;
    this.end = end;
  }

  /** Once a period: makes those leave the guest that have not by themselves. */
  void tick() {
    for (Processor processor : processors.all()) {
      LevelVcpu vcpu = processor.running();
      if (vcpu != null && vcpu.progress().tick()) {
        vcpu.kick();
      }
    }
  }

  /** A vCPU has been kicked: looks at it, if it was for that. */
  Next kicked(LevelVcpu vcpu) {
    if (!vcpu.progress().isDue() || vcpu.progress().look(vcpu.cpu().registers()) < LOOKS) {
      return Next.RESUME;
    }
    if (permissions.catchUp(vcpu.level())) { // what is granted the CPU can store by itself
      return Next.RESUME;
    }
    PendingAccess store = attempts.pending(vcpu);
    if (store.look(vcpu, true) != Obstacle.PART) {
      return Next.RESUME;
    }
    if (vcpu.level() == Vmpl.VMPL0) {
      return end.failed(store + FailureReport.of(memory, vcpu), null);
    }
    vcpu.progress().exited(); // what comes after the verdict is something new
    store.ask();
    return Next.TAKE_TURNS;
  }

  /**
   * Which vCPUs do not get on, for the message of a machine that has been stopped; empty if none.
   */
  String report() {
    StringBuilder report = new StringBuilder();
    for (Processor processor : processors.all()) {
      LevelVcpu vcpu = processor.running();
      if (vcpu != null
          && vcpu.progress().alike() > 0
          && vcpu.progress().look(vcpu.cpu().registers()) >= LOOKS) {
        report
            .append("; ")
            .append(vcpu.name())
            .append(" makes no progress at ")
            .append(FailureReport.place(memory, vcpu));
      }
    }
    return report.toString();
  }
}
