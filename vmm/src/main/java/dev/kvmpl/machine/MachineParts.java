// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.vmpl.Plane;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;

/**
 * What a running machine consists of.
 *
 * @param first the vCPU of VMPL1
 * @param second the vCPU of VMPL0
 * @param driverEntries each driver's entry point, in the order of the drivers
 */
record MachineParts(
    GuestMemory memory, Rmp rmp, LevelVcpu first, LevelVcpu second, List<Long> driverEntries) {
  /**
   * The plane of a level that a machine has.
   *
   * @return null for a level without one: its permissions are recorded and bind nobody
   */
  @org.jspecify.annotations.Nullable
  Plane plane(Vmpl level) {
    return level == first.level() ? first.plane() : level == second.level() ? second.plane() : null;
  }

  RequestPage request() {
    return new RequestPage(memory, Layout.VMPL0.request());
  }

  BootInfo bootInfo(LevelVcpu vcpu) {
    return new BootInfo(memory, (vcpu == first ? Layout.VMPL1 : Layout.VMPL0).bootInfo());
  }

  /** The number, from 1 on, of the driver that starts at {@code rip}; 0 if none does. */
  int driverByEntry(long rip) {
    return driverEntries.indexOf(rip) + 1;
  }
}
