// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Has a CPU execute one instruction that stores in closed pages, with those pages open and every
 * other vCPU of the level outside of the guest. For what KVM's emulator does not know.
 */
public final class SingleStep {
  private static final int TRIES = 100; // kicks may come between

  private final Permissions permissions;

  public SingleStep(Permissions permissions) {
    this.permissions = permissions;
  }

  /** What has become of the instruction. */
  public sealed interface Result {}

  /** The CPU has executed it. */
  public record Done() implements Result {}

  /** It is not what it was: nothing has been executed. */
  public record Changed() implements Result {}

  /** It has not been executed, and the machine cannot go on. */
  public record Failed(String reason) implements Result {}

  /**
   * Executes the instruction at the vCPU's RIP; on the thread that runs the vCPU.
   *
   * @param pages that are closed to the level
   * @param unchanged is asked once nobody else can change anything
   */
  public Result over(LevelVcpu by, List<PageRange> pages, BooleanSupplier unchanged) {
    Level level = permissions.level(Vmpl.VMPL1);
    level.gate().close();
    try {
      if (!unchanged.getAsBoolean()) {
        return new Changed();
      }
      bind(level, pages, PagePermissions.ALL);
      try {
        return execute(by.cpu());
      } finally {
        bind(level, pages, PagePermissions.READ_EXECUTE);
      }
    } finally {
      level.gate().open();
    }
  }

  private void bind(Level level, List<PageRange> pages, int access) {
    for (PageRange page : pages) {
      permissions.rmp().assign(page, Vmpl.VMPL1, access);
      level.enforcement().follow(page.firstPage(), page.endPage());
      permissions.changes().change(page.firstPage(), page.endPage());
    }
  }

  private static Result execute(GuestCpu cpu) {
    cpu.debug(GuestDebug.on().singleStep().blockInterrupts());
    try {
      VcpuExit exit = cpu.run();
      for (int i = 0; exit instanceof VcpuExit.Interrupted && i < TRIES; i++) {
        KickSignal.drain();
        exit = cpu.run();
      }
      return exit instanceof OptInExit.Debug ? new Done() : new Failed("a step ended with " + exit);
    } finally {
      cpu.debug(GuestDebug.off());
    }
  }
}
