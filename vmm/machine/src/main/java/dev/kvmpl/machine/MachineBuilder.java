// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.kvm.Host;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.LongMode;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.machine.MachineSpec.Detection;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.vmpl.GrantLedger;
import dev.kvmpl.vmpl.Plane;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes a machine's levels and processors, with the vCPUs that its drivers need: on processor 0 the
 * guest kernel's, and VMPL0's wherever a driver runs.
 */
final class MachineBuilder {
  private final Kvm kvm;
  private final GuestMemory memory;
  private final Rmp rmp;
  private final Detection detection;
  private final Deque<AutoCloseable> resources;
  private final List<@Nullable Level> levels = new ArrayList<>();
  private final List<Processor> processors = new ArrayList<>();
  private int vcpus;

  /**
   * @param resources gets everything that has to be closed, last first
   */
  MachineBuilder(
      Kvm kvm,
      GuestMemory memory,
      Rmp rmp,
      SortedSet<Vmpl> wanted,
      Detection detection,
      Deque<AutoCloseable> resources) {
    this.kvm = kvm;
    this.memory = memory;
    this.rmp = rmp;
    this.detection = detection;
    this.resources = resources;
    for (Vmpl level : Vmpl.values()) {
      levels.add(wanted.contains(level) ? level(level) : null);
    }
  }

  MachineParts build(MachineSpec spec, List<Long> driverEntries) {
    List<MachineSpec.Driver> drivers = spec.drivers();
    int last =
        drivers.stream()
            .flatMap(driver -> driver.processors().stream())
            .max(Integer::compare)
            .orElse(0);
    for (int apicId = 0; apicId <= last; apicId++) {
      long request = Layout.of(Vmpl.VMPL0).request(apicId);
      processors.add(new Processor(apicId, new RequestPage(memory, request)));
    }
    Processor first = processors.getFirst();
    addVcpu(first, Vmpl.VMPL1);
    processors.forEach(processor -> addVcpu(processor, Vmpl.VMPL0));
    for (MachineSpec.Driver driver : drivers) {
      for (int apicId : driver.processors()) {
        addVcpu(processors.get(apicId), driver.level());
      }
    }
    List<Boolean> unloads = drivers.stream().map(MachineSpec.Driver::unload).toList();
    boolean stored = drivers.stream().anyMatch(driver -> driver.permissions().isPresent());
    for (Level level : levels) {
      if (stored && level != null && level.vmpl() != Vmpl.VMPL0) {
        level.plane().exitOnMsrsBut(List.of());
      }
    }
    MachineParts parts =
        new MachineParts(
            memory,
            rmp,
            new GrantLedger(rmp),
            detection == Detection.FAULT && Host.detect().emulatesSupervisor(),
            new PageChanges(processors.size() > 1 ? rmp.pages() : 0),
            levels,
            processors,
            driverEntries,
            unloads,
            stored,
            !spec.protectedVirtual().isEmpty());
    rmp.limitTo(parts::hasRoom);
    return parts;
  }

  private Level level(Vmpl vmpl) {
    Level level = new Level(new Plane(kvm, vmpl, memory, rmp));
    resources.push(level);
    level.plane().exitOnMsrsBut(GuestMsrs.SERVED_BY_KVM);
    level.plane().exitOnEmulationFailure();
    // With detection fault the guest kernel's own tables prohibit what its permissions do.
    boolean writable = vmpl != Vmpl.VMPL1 || detection != Detection.FAULT;
    BootTables.writePageTables(memory, Layout.of(vmpl).pageTables(), writable);
    return level;
  }

  private void addVcpu(Processor processor, Vmpl vmpl) {
    Level level = levels.get(vmpl.number());
    if (level == null || processor.vcpu(vmpl) != null) {
      return;
    }
    int apicId = processor.apicId();
    Vcpu vcpu = level.plane().createVcpu(apicId);
    resources.push(vcpu);
    Layout layout = Layout.of(vmpl);
    LongMode mode = BootTables.writeDescriptors(memory, layout, apicId);
    vcpu.enterLongMode(mode);
    long request = vmpl == Vmpl.VMPL0 ? layout.request(apicId) : 0;
    new BootInfo(memory, layout.bootInfo(apicId))
        .write(layout.ghcb(apicId), layout.trace(apicId), request, apicId);
    if (vmpl != Vmpl.VMPL0) {
      long area = layout.callingArea(apicId);
      new BootInfo(memory, layout.bootInfo(apicId)).writeCallingArea(area);
      new BootInfo(memory, Layout.of(Vmpl.VMPL0).bootInfo(apicId))
          .writeCallingArea(vmpl.number(), area);
    }
    processor.add(new LevelVcpu(vcpus++, processor, level, vcpu, mode));
  }
}
