// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

import dev.kvmpl.drivers.Association.Announced;
import dev.kvmpl.drivers.Association.Held;
import dev.kvmpl.drivers.Association.Left;
import dev.kvmpl.drivers.Association.Taken;
import dev.kvmpl.drivers.Association.Vacant;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Which driver has which vCPU. Drivers are numbered from 1 on. Belongs to the machine's lock. What
 * is asked here allocates nothing.
 */
public final class Drivers implements DriverIdentity {
  private final Processors processors;
  private final List<Loaded> loaded;
  private final Association[] associations; // by the vCPUs' numbers

  /**
   * A driver in memory.
   *
   * @param entry its entry point, by which it is recognised: guest-virtual
   * @param unload whether it is unloaded when it is done
   */
  public record Loaded(long entry, boolean unload) {}

  /**
   * Nobody has a vCPU yet.
   *
   * @param loaded in the order of the drivers
   */
  public Drivers(Processors processors, List<Loaded> loaded) {
    this.processors = processors;
    this.loaded = List.copyOf(loaded);
    this.associations = new Association[processors.vcpus().size()];
    Arrays.fill(associations, new Vacant());
  }

  /** Whose the vCPU is. */
  public Association of(LevelVcpu vcpu) {
    return associations[vcpu.number()];
  }

  void change(LevelVcpu vcpu, Association next) {
    associations[vcpu.number()] = next;
  }

  @Override
  public int driverOf(LevelVcpu vcpu) {
    return of(vcpu).holder();
  }

  /** Whose a vCPU is now, to be appended to a message: nothing if no driver has it. */
  public String whose(LevelVcpu vcpu) {
    int driver = driverOf(vcpu);
    return driver == Association.NONE
        ? ""
        : String.format(Locale.ROOT, "; the vCPU is driver %d's", driver);
  }

  /** The number of the driver that starts at {@code rip}; {@link Association#NONE} if none does. */
  int byEntry(long rip) {
    for (int i = 0; i < loaded.size(); i++) {
      if (loaded.get(i).entry() == rip) {
        return i + 1;
      }
    }
    return Association.NONE;
  }

  boolean isUnloaded(int driver) {
    return loaded.get(driver - 1).unload();
  }

  /** The driver that has a level on any processor, or is getting it. */
  public int driverAt(Vmpl level) {
    for (Processor processor : processors.all()) {
      LevelVcpu vcpu = processor.vcpu(level);
      if (vcpu != null) {
        int driver =
            switch (of(vcpu)) {
              case Held held -> held.driver();
              case Taken taken -> taken.driver();
              case Announced announced -> announced.driver();
              case Vacant ignored -> Association.NONE;
              case Left ignored -> Association.NONE;
            };
        if (driver != Association.NONE) {
          return driver;
        }
      }
    }
    return Association.NONE;
  }

  /**
   * The driver to which VMPL0 grants what it grants a level: the one that has it, or one that has
   * given it back and VMPL0 has not heard of it.
   */
  public int granteeAt(Vmpl level) {
    int driver = driverAt(level);
    for (int i = 0; driver == Association.NONE && i < processors.count(); i++) {
      LevelVcpu vcpu = processors.get(i).vcpu(level);
      driver = vcpu == null ? Association.NONE : of(vcpu).driver();
    }
    return driver;
  }

  /** Whether a driver has a level on any processor, is getting it, or is giving it back. */
  boolean isInvolved(int driver, Vmpl level) {
    for (Processor processor : processors.all()) {
      LevelVcpu vcpu = processor.vcpu(level);
      if (vcpu != null && of(vcpu).driver() == driver) {
        return true;
      }
    }
    return false;
  }
}
