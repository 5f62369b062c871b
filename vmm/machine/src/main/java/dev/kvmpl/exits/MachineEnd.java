// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.processors.FailureReport;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Next;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a machine ends: the first reason counts. Belongs to the machine's lock. */
public final class MachineEnd {
  private final GuestMemory memory;
  private final Drivers drivers;
  private final Observers observers;
  private @Nullable Ending ending;

  MachineEnd(GuestMemory memory, Drivers drivers, Observers observers) {
    this.memory = memory;
    this.drivers = drivers;
    this.observers = observers;
  }

  /** Null while it has not. */
  @Nullable Ending ending() {
    return ending;
  }

  Next completed() {
    return end(new Ending(Outcome.COMPLETED, "", null));
  }

  /**
   * @param cause what was thrown, if anything was
   */
  Next failed(String message, @Nullable Throwable cause) {
    return end(new Ending(Outcome.FAILED, message, cause));
  }

  /** An exit after which nothing can go on: named, with where the vCPU was. */
  Next unexpected(LevelVcpu vcpu, VcpuExit exit, String detail) {
    return failed(
        String.format(
            Locale.ROOT,
            "KVM_EXIT_%s%s on %s%s%s",
            exit.name(),
            detail,
            vcpu.name(),
            drivers.whose(vcpu),
            FailureReport.of(memory, vcpu)),
        null);
  }

  private Next end(Ending how) {
    if (ending == null) {
      ending = how;
      observers.ended(how.outcome(), how.message());
    }
    return Next.STOP;
  }

  /**
   * How a machine ended.
   *
   * @param message empty when it completed
   * @param cause what was thrown, if anything was
   */
  public record Ending(Outcome outcome, String message, @Nullable Throwable cause) {}
}
