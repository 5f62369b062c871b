// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.bindings.KickSignal;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Has a CPU execute one instruction that stores in closed pages, with those pages open and every
 * other vCPU of the level outside of the guest. For what KVM's emulator does not know.
 */
final class SingleStep {
  private static final int TRIES = 100; // kicks may come between

  private final Permissions permissions;
  private final List<Vcpu> vcpus;

  /**
   * @param vcpus Linux's, by their processors
   */
  SingleStep(Permissions permissions, List<Vcpu> vcpus) {
    this.permissions = permissions;
    this.vcpus = List.copyOf(vcpus);
  }

  /**
   * Executes the instruction at the vCPU's RIP; on the thread that runs the vCPU.
   *
   * @param pages that are closed to the level
   * @return null, or why it has not been executed
   */
  @Nullable String over(LevelVcpu by, List<PageRange> pages) {
    Level level = permissions.level(Vmpl.VMPL1);
    level.gate().close();
    try {
      bind(level, pages, PagePermissions.ALL);
      try {
        return execute(vcpus.get(by.processor().apicId()));
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

  private static @Nullable String execute(Vcpu vcpu) {
    vcpu.debug(GuestDebug.on().singleStep().blockInterrupts());
    try {
      VcpuExit exit = vcpu.run();
      for (int i = 0; exit instanceof VcpuExit.Interrupted && i < TRIES; i++) {
        KickSignal.drain();
        exit = vcpu.run();
      }
      return exit instanceof OptInExit.Debug ? null : "a step ended with " + exit;
    } finally {
      vcpu.debug(GuestDebug.off());
    }
  }
}
