// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.spec;

import static dev.kvmpl.spec.InvalidSpecException.complaint;
import static dev.kvmpl.spec.InvalidSpecException.value;

import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.tables.PermissionTable;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.vmpl.Vmpl;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What holds for the drivers of every machine. */
final class DriverRules {
  private final MachineSpec spec;
  private final TakenRanges taken;

  /**
   * @param taken ranges that no driver's may overlap; theirs are added
   */
  DriverRules(MachineSpec spec, TakenRanges taken) {
    this.spec = spec;
    this.taken = taken;
  }

  void check() {
    List<Driver> drivers = spec.drivers();
    try {
      ValidatorTables.checkRoom(drivers.stream().mapToInt(each -> each.owns().size()).sum());
      PermissionTable.checkRoom(
          drivers.stream().mapToInt(each -> each.permissions().map(List::size).orElse(0)).sum());
    } catch (IllegalArgumentException e) {
      throw complaint(String.valueOf(e.getMessage()), "drivers");
    }
    int vcpus = drivers.stream().mapToInt(each -> each.processors().size()).sum();
    if (vcpus > BootInfo.DRIVERS_MAX) {
      throw complaint(
          String.format(
              Locale.ROOT,
              "drivers on %d processors in all, allowed are %d",
              vcpus,
              BootInfo.DRIVERS_MAX),
          "drivers");
    }
    for (int i = 0; i < drivers.size(); i++) {
      check(drivers.get(i), i);
    }
  }

  private void check(Driver driver, int place) {
    if (driver.level() == Vmpl.VMPL0) {
      throw value(
          "is 0, allowed are 1, 2, 3: level 0 is the validator's, which judges drivers",
          "drivers",
          place,
          "level");
    }
    processors(driver.processors(), place);
    cpl(driver, place);
    detection(driver);
    if (driver.arguments().size() > BootInfo.ARGUMENTS_MAX) {
      throw value(
          String.format(
              Locale.ROOT,
              "has %d entries, allowed are %d",
              driver.arguments().size(),
              BootInfo.ARGUMENTS_MAX),
          "drivers",
          place,
          "arguments");
    }
    for (int i = 0; i < driver.owns().size(); i++) {
      SpecRules.range(spec, driver.owns().get(i), taken, "drivers", place, "owns", i);
    }
    permissions(driver.permissions().orElse(List.of()), place);
  }

  private static void processors(List<Integer> processors, int place) {
    if (processors.isEmpty()) {
      throw value("is empty, at least one is needed", "drivers", place, "processors");
    }
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < processors.size(); i++) {
      int processor = processors.get(i);
      if (processor < 0 || processor >= BootInfo.PROCESSORS_MAX || !seen.add(processor)) {
        throw value(
            String.format(
                Locale.ROOT,
                "has %d, allowed are 0 to %d, each once",
                processor,
                BootInfo.PROCESSORS_MAX - 1),
            "drivers",
            place,
            "processors",
            i);
      }
    }
  }

  /** The guest kernel hosts what runs on its own vCPU. */
  private void cpl(Driver driver, int place) {
    if (driver.cpl() != 0 && driver.cpl() != Driver.HOSTED) {
      throw value(
          String.format(Locale.ROOT, "is %d, allowed are 0 and 3", driver.cpl()),
          "drivers",
          place,
          "cpl");
    }
    if (driver.cpl() == Driver.HOSTED
        && (!isInTheKernelsPlace(driver) || spec.detection() != Detection.TRAP)) {
      throw value(
          "is 3, allowed is that at level 1 on processor 0 with detection trap",
          "drivers",
          place,
          "cpl");
    }
  }

  /** The guest kernel can only detect what is attempted on its own vCPU. */
  private void detection(Driver driver) {
    if (spec.detection() != Detection.TRAP && !isInTheKernelsPlace(driver)) {
      throw value(
          String.format(
              Locale.ROOT,
              "is %s with driver %s elsewhere than at level 1 on processor 0, allowed is trap",
              spec.detection().label(),
              driver.name()),
          "detection");
    }
  }

  private static boolean isInTheKernelsPlace(Driver driver) {
    return driver.level() == Vmpl.VMPL1 && driver.processors().equals(List.of(0));
  }

  private void permissions(List<Permission> permissions, int place) {
    Map<Access, Integer> places = new EnumMap<>(Access.class);
    Map<Access, TakenRanges> memory = new EnumMap<>(Access.class);
    for (int i = 0; i < permissions.size(); i++) {
      Permission permission = permissions.get(i);
      Access access = permission.access();
      int at = places.merge(access, 1, Integer::sum) - 1;
      Object[] where = {"drivers", place, "permissions", access.label(), at};
      if (access.isOfMemory()) {
        SpecRules.range(
            spec,
            new PageRange(permission.start(), permission.end()),
            memory.computeIfAbsent(access, ignored -> new TakenRanges()),
            where);
      } else {
        registers(permissions.subList(0, i), permission, where);
      }
    }
  }

  private static void registers(List<Permission> before, Permission permission, Object... where) {
    for (Permission other : before) {
      if (other.access() == permission.access()
          && permission.start() < other.end()
          && other.start() < permission.end()) {
        throw complaint(
            String.format(
                Locale.ROOT,
                "%s of %#x a second time, allowed is once",
                permission.access().label(),
                permission.start()),
            where);
      }
    }
  }
}
