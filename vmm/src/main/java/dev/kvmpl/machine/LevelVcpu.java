// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Plane;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One vCPU of one level, with what the hypervisor keeps about it. Belongs to the baton's holder.
 */
final class LevelVcpu {
  private final int number;
  private final Plane plane;
  private final Vcpu vcpu;
  private final String name;

  /** What the guest reads from the GHCB MSR. */
  long msrAnswer;

  /** The page that the guest has registered. */
  @Nullable GhcbPage ghcb;

  long ghcbGpa;

  /** An interrupt that the guest cannot take yet, 0 for none. */
  int pendingVector;

  LevelVcpu(int number, Plane plane, Vcpu vcpu) {
    this.number = number;
    this.plane = plane;
    this.vcpu = vcpu;
    this.name = "vcpu" + number + "-" + plane.level().name().toLowerCase(Locale.ROOT);
  }

  /**
   * The registered page, if the level may still write it: the hypervisor writes there on its
   * behalf, and must not be talked into writing where the level may not.
   */
  @Nullable GhcbPage usableGhcb(Rmp rmp) {
    return ghcb != null
            && rmp.allows(
                ghcbGpa, PageRange.PAGE_SIZE, level(), PagePermissions.READ | PagePermissions.WRITE)
        ? ghcb
        : null;
  }

  /** 0 is the first vCPU, 1 the second. */
  int number() {
    return number;
  }

  Vmpl level() {
    return plane.level();
  }

  Plane plane() {
    return plane;
  }

  Vcpu vcpu() {
    return vcpu;
  }

  String name() {
    return name;
  }
}
