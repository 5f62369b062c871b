// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.enforcement.GuestMsrs;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.PageChanges;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.enforcement.Plane;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.HandOver;
import dev.kvmpl.processors.KvmCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.OneThread;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.processors.ThreadPerVcpu;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.RmpCopy;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.spec.SlotChanges;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * From a description to a machine that is ready to run, stage by stage: memory, permissions,
 * levels, processors. A stage is a type, whose only step leads to the next one, so that an order
 * that does not work does not compile. What has to be closed is put into {@code resources} as soon
 * as it is there, last first.
 */
public final class Launch {
  private final MachineSpec spec;
  private final Deque<AutoCloseable> resources;

  private Launch(MachineSpec spec, Deque<AutoCloseable> resources) {
    this.spec = spec;
    this.resources = resources;
  }

  /**
   * The first stage: memory with all that is in it at launch, but for what vCPUs start with.
   *
   * @param resources gets everything that has to be closed, last first
   */
  public static Loaded load(MachineSpec spec, Deque<AutoCloseable> resources)
      throws PayloadsTooLargeException {
    Launch launch = new Launch(spec, resources);
    GuestMemory memory = GuestMemory.allocate(spec.memorySize());
    resources.push(memory);
    spec.contents().forEach(contents -> memory.write(contents.gpa(), contents.bytes()));
    GuestKernel kernel = new PayloadKernel(memory, spec);
    Validator validator = new Validator(memory, spec);
    Tables.write(memory, spec);
    return launch.new Loaded(memory, kernel, validator);
  }

  /** Memory is there. */
  public final class Loaded {
    private final GuestMemory memory;
    private final GuestKernel kernel;
    private final Validator validator;

    private Loaded(GuestMemory memory, GuestKernel kernel, Validator validator) {
      this.memory = memory;
      this.kernel = kernel;
      this.validator = validator;
    }

    private List<LoadedImage> images() {
      return Stream.concat(kernel.images().stream(), validator.images().stream()).toList();
    }

    /** Makes the permissions database. */
    public Assigned assign() {
      Rmp rmp = new Rmp(PageRange.pageOf(memory.size()));
      kernel.assignPermissions(rmp);
      rmp.mirrorTo(new RmpCopy(memory, spec.layout().rmpCopy()));
      return new Assigned(this, rmp);
    }
  }

  /** The permissions of launch are in the database. */
  public final class Assigned {
    private final Loaded loaded;
    private final Rmp rmp;

    private Assigned(Loaded loaded, Rmp rmp) {
      this.loaded = loaded;
      this.rmp = rmp;
    }

    /** Makes the levels, at which they bind. */
    public Enforced enforce(Kvm kvm) {
      Map<Vmpl, Plane> planes = new EnumMap<>(Vmpl.class);
      for (Vmpl vmpl : Levels.of(spec)) {
        planes.put(vmpl, plane(kvm, vmpl));
        boolean writable = vmpl != Vmpl.VMPL1 || spec.detection() != Detection.FAULT;
        BootTables.writePageTables(loaded.memory, spec.layout(), vmpl, writable);
      }
      loaded.kernel.restrictTables(loaded.memory);
      return new Enforced(this, planes);
    }

    private Plane plane(Kvm kvm, Vmpl vmpl) {
      boolean asked = spec.storesPermissions() && vmpl != Vmpl.VMPL0;
      List<MsrRange> served = asked ? List.of() : GuestMsrs.SERVED_BY_KVM;
      Plane plane =
          switch (spec.enforcement()) {
            case SLOTS -> {
              boolean lazy = spec.grant() != GrantKind.PAGE && vmpl != Vmpl.VMPL0;
              yield Plane.withSlots(kvm, vmpl, loaded.memory, rmp, lazy, served);
            }
            case MAPPING ->
                Plane.withMapping(kvm, vmpl, loaded.memory, rmp, Levels.of(spec).size(), served);
          };
      resources.push(plane);
      return plane;
    }
  }

  /** The levels are there, without vCPUs. */
  public final class Enforced {
    private final Assigned assigned;
    private final Map<Vmpl, Plane> planes;

    private Enforced(Assigned assigned, Map<Vmpl, Plane> planes) {
      this.assigned = assigned;
      this.planes = planes;
    }

    /**
     * Makes the processors: on the first one the guest kernel's vCPU, and VMPL0's wherever a driver
     * runs.
     */
    public Launched boot() {
      GuestMemory memory = assigned.loaded.memory;
      int count = 1 + spec.drivers().stream().mapToInt(Enforced::lastProcessor).max().orElse(0);
      PageChanges changes = new PageChanges(count > 1 ? assigned.rmp.pages() : 0);
      Map<Vmpl, Level> levels = new EnumMap<>(Vmpl.class);
      planes.forEach(
          (vmpl, plane) -> levels.put(vmpl, new Level(vmpl, plane.enforcement(), plane)));
      Observers observers = new Observers();
      List<Processor> processors = new ArrayList<>();
      for (int apicId = 0; apicId < count; apicId++) {
        RequestPage request = new RequestPage(memory, spec.layout().of(Vmpl.VMPL0).request(apicId));
        processors.add(new Processor(apicId, request, handOver(apicId), observers));
      }
      new Vcpus(memory, levels).make(processors);
      Processors made = new Processors(processors);
      assigned.loaded.kernel.boot(memory, made.kernel());
      for (Processor processor : processors) {
        assigned.loaded.validator.boot(memory, processor.vcpuOf(Vmpl.VMPL0));
      }
      return new Launched(
          memory,
          new Permissions(
              assigned.rmp,
              List.copyOf(levels.values()),
              changes,
              spec.grant(),
              spec.storesPermissions()),
          made,
          new Drivers(made, assigned.loaded.kernel.drivers()),
          assigned.loaded.images(),
          observers,
          assigned.loaded.kernel::status);
    }

    private static int lastProcessor(Driver driver) {
      return driver.processors().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    /** Drivers have processors of their own: one thread of all levels is bound for the first. */
    private HandOver handOver(int apicId) {
      boolean bound = spec.slotChanges() == SlotChanges.BOOT_CPU;
      return switch (spec.handOver()) {
        case THREADS -> new ThreadPerVcpu(bound);
        case THREAD -> new OneThread(bound && apicId == 0);
      };
    }

    /** Makes vCPUs, numbered in the order in which they are made. */
    private final class Vcpus {
      private final GuestMemory memory;
      private final Map<Vmpl, Level> levels;
      private int made;

      Vcpus(GuestMemory memory, Map<Vmpl, Level> levels) {
        this.memory = memory;
        this.levels = levels;
      }

      void make(List<Processor> processors) {
        add(processors.getFirst(), Vmpl.VMPL1);
        processors.forEach(processor -> add(processor, Vmpl.VMPL0));
        for (Driver driver : spec.drivers()) {
          for (int apicId : driver.processors()) {
            add(processors.get(apicId), driver.level());
          }
        }
      }

      private void add(Processor processor, Vmpl vmpl) {
        Plane plane = planes.get(vmpl);
        Level level = levels.get(vmpl);
        if (plane == null || level == null || processor.vcpu(vmpl) != null) {
          return;
        }
        int apicId = processor.apicId();
        Vcpu vcpu = plane.createVcpu(apicId);
        resources.push(vcpu);
        vcpu.syncRegisters(vmpl == Vmpl.VMPL0); // it alone executes RMPADJUST in each round trip
        LevelLayout layout = spec.layout().of(vmpl);
        LongMode mode = BootTables.writeDescriptors(memory, layout, apicId);
        vcpu.enterLongMode(mode);
        writeBootInfo(vmpl, layout, apicId);
        processor.add(
            new LevelVcpu(
                made++,
                processor,
                level,
                new KvmCpu(vcpu),
                mode,
                layout.trace(apicId),
                layout.console(apicId)));
      }

      private void writeBootInfo(Vmpl vmpl, LevelLayout layout, int apicId) {
        LevelLayout vmpl0 = spec.layout().of(Vmpl.VMPL0);
        long request = vmpl == Vmpl.VMPL0 ? layout.request(apicId) : 0;
        BootInfo info = new BootInfo(memory, layout.bootInfo(apicId));
        info.write(
            layout.ghcb(apicId), layout.trace(apicId), layout.console(apicId), request, apicId);
        if (vmpl != Vmpl.VMPL0) {
          long area = layout.callingArea(apicId);
          info.writeCallingArea(area);
          new BootInfo(memory, vmpl0.bootInfo(apicId)).writeCallingArea(vmpl.number(), area);
        }
      }
    }
  }
}
