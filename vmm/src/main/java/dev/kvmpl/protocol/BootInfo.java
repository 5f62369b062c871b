// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.bindings.abi.kvmpl_panic;
import dev.kvmpl.memory.GuestMemory;
import java.util.List;

/** What a level's kernel finds when it starts. Written once, before launch. */
public final class BootInfo {
  /** The most drivers of one machine. */
  public static final int DRIVERS_MAX = Abi.KVMPL_DRIVERS_MAX();

  /** The most arguments of one driver. */
  public static final int ARGUMENTS_MAX = Abi.KVMPL_ARGUMENTS_MAX();

  /** Bytes of the table of drivers when it is full. */
  public static final long DRIVERS_BYTES = DRIVERS_MAX * kvmpl_driver.sizeof();

  private final GuestMemory memory;
  private final long gpa;

  public BootInfo(GuestMemory memory, long gpa) {
    this.memory = memory;
    this.gpa = gpa;
  }

  /**
   * One driver as the guest kernel gets it.
   *
   * @param entry guest-virtual address of its first instruction
   * @param stack the top of its stack
   * @param vmsa guest-physical address of a page for the vCPU request
   */
  public record Driver(int id, long entry, long stack, long vmsa, List<Long> arguments) {
    public Driver {
      arguments = List.copyOf(arguments);
    }
  }

  /** The pages that both levels' kernels need. */
  public void write(long ghcb, long trace, long request) {
    memory.putLong(gpa + kvmpl_boot_info.ghcb$offset(), ghcb);
    memory.putLong(gpa + kvmpl_boot_info.trace$offset(), trace);
    memory.putLong(gpa + kvmpl_boot_info.request$offset(), request);
    memory.putLong(gpa + kvmpl_boot_info.memory_size$offset(), memory.size());
  }

  /** The drivers, at {@code table}, in the order in which they shall start. */
  public void writeDrivers(long table, List<Driver> drivers) {
    memory.putLong(gpa + kvmpl_boot_info.driver_count$offset(), drivers.size());
    memory.putLong(gpa + kvmpl_boot_info.drivers$offset(), table);
    for (int i = 0; i < drivers.size(); i++) {
      Driver driver = drivers.get(i);
      long at = table + i * kvmpl_driver.sizeof();
      memory.putInt(at + kvmpl_driver.id$offset(), driver.id());
      memory.putLong(at + kvmpl_driver.entry$offset(), driver.entry());
      memory.putLong(at + kvmpl_driver.stack$offset(), driver.stack());
      memory.putLong(at + kvmpl_driver.vmsa$offset(), driver.vmsa());
      memory.putLong(at + kvmpl_driver.argument_count$offset(), driver.arguments().size());
      for (int j = 0; j < driver.arguments().size(); j++) {
        memory.putLong(
            at + kvmpl_driver.arguments$offset() + (long) j * Long.BYTES,
            driver.arguments().get(j));
      }
    }
  }

  /** What driver number {@code index}, from 0 on, of the table returned. */
  public long driverStatus(long table, int index) {
    return memory.getLong(table + index * kvmpl_driver.sizeof() + kvmpl_driver.status$offset());
  }

  /** What the kernel wrote before it gave up. */
  public String panic() {
    long at = gpa + kvmpl_boot_info.panic$offset();
    return "exception %d, error code %#x, at rip %#x, cr2 %#x"
        .formatted(
            memory.getLong(at + kvmpl_panic.vector$offset()),
            memory.getLong(at + kvmpl_panic.error$offset()),
            memory.getLong(at + kvmpl_panic.rip$offset()),
            memory.getLong(at + kvmpl_panic.cr2$offset()));
  }
}
