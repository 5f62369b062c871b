// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol.tables;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_permission;
import dev.kvmpl.bindings.abi.kvmpl_permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.Access;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The stored permissions: which operations a driver may do, where. In memory that lower levels can
 * read and not write. Written once, before launch.
 */
public final class PermissionTable {
  /** The most entries, of all drivers. */
  public static final int ENTRIES_MAX = Abi.KVMPL_PERMISSIONS_MAX();

  private PermissionTable() {}

  /**
   * One operation at the addresses, ports or MSRs {@code [start, end)}.
   *
   * @param driver the driver's number, from 1 on
   */
  public record Entry(int driver, Access access, long start, long end) {}

  /**
   * Whether the table has room for so many entries.
   *
   * @throws IllegalArgumentException if not
   */
  public static void checkRoom(int entries) {
    if (entries > ENTRIES_MAX) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%d permissions, allowed are %d", entries, ENTRIES_MAX));
    }
  }

  /**
   * Writes the table.
   *
   * @param table where it is, guest-physical
   * @param drivers for whom it is authoritative; others have what nobody keeps from them
   * @param entries disjoint for one driver and operation
   */
  public static void write(
      GuestMemory memory, long table, Set<Integer> drivers, List<Entry> entries) {
    checkRoom(entries.size());
    long mask = 0;
    for (int driver : drivers) {
      mask |= 1L << (driver - 1);
    }
    memory.putLong(table + kvmpl_permissions.drivers$offset(), mask);
    memory.putLong(table + kvmpl_permissions.count$offset(), entries.size());
    long at = table + kvmpl_permissions.entries$offset();
    for (Entry entry :
        entries.stream()
            .sorted(
                Comparator.comparingInt(Entry::driver)
                    .thenComparingInt(e -> e.access().number())
                    .thenComparingLong(Entry::start))
            .toList()) {
      memory.putInt(at + kvmpl_permission.driver$offset(), entry.driver());
      memory.putInt(at + kvmpl_permission.access$offset(), entry.access().number());
      memory.putLong(at + kvmpl_permission.start$offset(), entry.start());
      memory.putLong(at + kvmpl_permission.end$offset(), entry.end());
      at += kvmpl_permission.sizeof();
    }
  }
}
