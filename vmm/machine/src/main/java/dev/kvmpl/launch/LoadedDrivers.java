// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;

/**
 * A machine's drivers in their levels' memory: each one's image once, then a stack for each of its
 * processors. At VMPL1 the guest kernel's image comes first.
 */
final class LoadedDrivers {
  private final List<Long> images = new ArrayList<>();
  private final List<Long> entries = new ArrayList<>();
  private final List<Long> addresses = new ArrayList<>();
  private final MachineSpec spec;
  private final List<List<Long>> byDriver = new ArrayList<>();

  LoadedDrivers(GuestMemory memory, MachineSpec spec) throws PayloadsTooLargeException {
    this.spec = spec;
    long[] at = new long[Vmpl.values().length];
    for (Vmpl level : Vmpl.values()) {
      at[level.number()] =
          spec.layout().of(level).images() + (level == Vmpl.VMPL1 ? spec.kernel().footprint() : 0);
    }
    checkRoom(spec);
    for (Driver driver : spec.drivers()) {
      int number = driver.level().number();
      long image = at[number];
      images.add(image);
      entries.add(driver.payload().load(memory, image));
      at[number] += driver.payload().footprint();
      List<Long> instances = new ArrayList<>();
      for (int processor : driver.processors()) {
        at[number] += LevelLayout.DRIVER_STACK;
        instances.add(write(memory, driver, processor, instances.size(), image, at[number]));
      }
      byDriver.add(instances);
      addresses.addAll(instances);
    }
  }

  private static void checkRoom(MachineSpec spec) throws PayloadsTooLargeException {
    for (Vmpl level : Vmpl.values()) {
      long needed = level == Vmpl.VMPL1 ? spec.kernel().footprint() : 0;
      for (Driver driver : spec.drivers()) {
        if (driver.level() == level) {
          needed +=
              driver.payload().footprint() + driver.processors().size() * LevelLayout.DRIVER_STACK;
        }
      }
      Images.checkRoom(spec.layout().of(level), level, needed);
    }
  }

  private long write(
      GuestMemory memory, Driver driver, int processor, int instance, long image, long stack) {
    LevelLayout layout = spec.layout().of(driver.level());
    int index = addresses.size() + instance;
    long address = layout.driver(index);
    new BootInfo.Driver(
            entries.size(),
            driver.level().number(),
            processor,
            driver.cpl(),
            entries.getLast(),
            image,
            stack,
            spec.layout().of(Vmpl.VMPL1).vmsa(index),
            layout.ghcb(processor),
            layout.trace(processor),
            layout.console(processor),
            instance,
            driver.arguments())
        .write(memory, address);
    return address;
  }

  /** Where each driver's image is, in the order of the drivers. */
  List<Long> images() {
    return images;
  }

  /** Each driver's entry point, in the order of the drivers. */
  List<Long> entries() {
    return entries;
  }

  /** Where the guest kernel finds them, in the order in which it starts them. */
  List<Long> addresses() {
    return addresses;
  }

  /** What each driver returned: on its first processor that did not return 0, if there is one. */
  List<Long> status(GuestMemory memory) {
    List<Long> status = new ArrayList<>();
    for (List<Long> instances : byDriver) {
      status.add(
          instances.stream()
              .map(driver -> BootInfo.driverStatus(memory, driver))
              .filter(value -> value != 0)
              .findFirst()
              .orElse(0L));
    }
    return status;
  }
}
