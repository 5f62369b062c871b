// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.machine.VcpuThread.Next;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How a machine ends: the first reason counts. Belongs to the {@link Hypervisor}'s lock. */
final class MachineEnd {
  private final MachineParts parts;
  private @Nullable Ending ending;

  MachineEnd(MachineParts parts) {
    this.parts = parts;
  }

  /** Null while it has not. */
  @Nullable Ending ending() {
    return ending;
  }

  Next completed() {
    return end(new Ending(RunResult.Outcome.COMPLETED, "", null));
  }

  /**
   * @param cause what was thrown, if anything was
   */
  Next failed(String message, @Nullable Throwable cause) {
    return end(new Ending(RunResult.Outcome.FAILED, message, cause));
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
            vcpu.whose(),
            FailureReport.of(parts.memory(), vcpu)),
        null);
  }

  private Next end(Ending how) {
    if (ending == null) {
      ending = how;
    }
    return Next.STOP;
  }

  /**
   * How a machine ended.
   *
   * @param message empty when it completed
   * @param cause what was thrown, if anything was
   */
  record Ending(RunResult.Outcome outcome, String message, @Nullable Throwable cause) {}
}
