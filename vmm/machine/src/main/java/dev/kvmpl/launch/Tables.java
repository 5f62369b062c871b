// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.TablesLayout;
import dev.kvmpl.protocol.tables.PermissionTable;
import dev.kvmpl.protocol.tables.ValidatorTables;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes what VMPL0 decides by: restricted ranges, owners, stored permissions, translations. */
final class Tables {
  private Tables() {}

  static void write(GuestMemory memory, MachineSpec spec) {
    // Where protected pages lead at launch: BootTables maps each virtual page to the same physical.
    List<PageRange> restricted = new ArrayList<>(spec.restricted());
    restricted.addAll(spec.protectedVirtual());
    TablesLayout places = spec.layout().tables();
    ValidatorTables tables = new ValidatorTables(memory, places);
    tables.writeRestricted(restricted, spec.layout().kernelMemory());
    tables.writeProtected(spec.layout().of(Vmpl.VMPL1).pageTables(), spec.protectedVirtual());
    List<Ownership> ownership = new ArrayList<>();
    Set<Integer> stored = new HashSet<>();
    List<PermissionTable.Entry> entries = new ArrayList<>();
    for (int i = 0; i < spec.drivers().size(); i++) {
      int number = i + 1;
      Driver driver = spec.drivers().get(i);
      driver.owns().forEach(range -> ownership.add(new Ownership(range, number)));
      for (Permission permission : driver.permissions().orElse(List.of())) {
        entries.add(
            new PermissionTable.Entry(
                number, permission.access(), permission.start(), permission.end()));
      }
      if (driver.permissions().isPresent()) {
        stored.add(number);
      }
    }
    tables.writeOwnership(ownership);
    PermissionTable.write(memory, places.permissions(), stored, entries);
  }
}
