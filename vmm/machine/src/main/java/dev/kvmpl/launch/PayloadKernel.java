// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.LoadedImage;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/** A kernel that is a payload: its drivers are payloads too, of which it finds a list. */
final class PayloadKernel implements GuestKernel {
  private final MachineSpec spec;
  private final long entry;
  private final LoadedDrivers drivers;

  /** Puts it into memory, with its drivers. */
  PayloadKernel(GuestMemory memory, MachineSpec spec) throws PayloadsTooLargeException {
    this.spec = spec;
    this.entry = Images.load(memory, spec.layout(), Vmpl.VMPL1, spec.kernel(), 0);
    this.drivers = new LoadedDrivers(memory, spec);
  }

  @Override
  public List<Drivers.Loaded> drivers() {
    List<Drivers.Loaded> loaded = new ArrayList<>();
    for (int i = 0; i < spec.drivers().size(); i++) {
      Driver driver = spec.drivers().get(i);
      loaded.add(new Drivers.Loaded(drivers.entries().get(i), driver.unload()));
    }
    return loaded;
  }

  @Override
  public List<LoadedImage> images() {
    List<LoadedImage> images = new ArrayList<>();
    long start = spec.layout().of(Vmpl.VMPL1).images();
    images.add(new LoadedImage("kernel", Vmpl.VMPL1, start, spec.kernel()));
    for (int i = 0; i < spec.drivers().size(); i++) {
      Driver driver = spec.drivers().get(i);
      images.add(
          new LoadedImage(
              driver.name(), driver.level(), drivers.images().get(i), driver.payload()));
    }
    return images;
  }

  @Override
  public List<Long> status(GuestMemory memory) {
    return drivers.status(memory);
  }

  @Override
  public void assignPermissions(Rmp rmp) {
    PageRange kernelMemory = new PageRange(spec.layout().kernelMemory(), spec.memorySize());
    for (Vmpl level : Levels.of(spec)) {
      if (level != Vmpl.VMPL0) {
        PageRange area = spec.layout().of(level).area();
        rmp.assign(area, level, PagePermissions.ALL);
        rmp.assign(spec.layout().tables().area(), level, PagePermissions.READ);
        rmp.assign(kernelMemory, level, PagePermissions.READ_EXECUTE);
        spec.hidden().forEach(range -> rmp.assign(range, level, PagePermissions.NONE));
        // The guest kernel has to prepare the drivers of the levels below its own.
        rmp.assign(area, Vmpl.VMPL1, PagePermissions.ALL);
      }
    }
  }

  /** With detection fault its own tables prohibit what its permissions do. */
  @Override
  public void restrictTables(GuestMemory memory) {
    if (spec.detection() == Detection.FAULT) {
      LevelLayout layout = spec.layout().of(Vmpl.VMPL1);
      for (PageRange range : spec.hidden()) {
        BootTables.hide(memory, layout.pageTables(), range, layout.moreTables());
      }
    }
  }

  @Override
  public void boot(GuestMemory memory, LevelVcpu vcpu) {
    Boot.start(spec.layout(), vcpu, entry);
    Boot.info(memory, spec.layout(), vcpu)
        .writeDrivers(drivers.addresses(), spec.detection().number());
  }
}
