// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.bindings.abi.kvmpl_panic;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.memory.GuestMemory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** What a vCPU finds when it starts. Written once, before launch. */
public final class BootInfo {
  /** The most drivers of one machine; one counts as often as it has processors. */
  public static final int DRIVERS_MAX = Abi.KVMPL_DRIVERS_MAX();

  /** The most processors of one machine. */
  public static final int PROCESSORS_MAX = Abi.KVMPL_PROCESSORS_MAX();

  /** The most arguments of one driver. */
  public static final int ARGUMENTS_MAX = Abi.KVMPL_ARGUMENTS_MAX();

  private final GuestMemory memory;
  private final long gpa;

  public BootInfo(GuestMemory memory, long gpa) {
    this.memory = memory;
    this.gpa = gpa;
  }

  /**
   * One driver on one processor, as the guest kernel gets it.
   *
   * @param id the driver's number
   * @param level 1 to 3
   * @param processor APIC id
   * @param cpl 0 or 3
   * @param entry guest-virtual address of its first instruction
   * @param image guest-virtual address of its image's first byte
   * @param stack the top of its stack
   * @param vmsa guest-physical address of a page for the vCPU request
   * @param ghcb and trace, console: its vCPU's
   * @param instance 0, 1, ... on its processors
   */
  public record Driver(
      int id,
      int level,
      int processor,
      int cpl,
      long entry,
      long image,
      long stack,
      long vmsa,
      long ghcb,
      long trace,
      long console,
      int instance,
      List<Long> arguments) {
    public Driver {
      arguments = List.copyOf(arguments);
    }

    /** Writes it where the driver and the guest kernel shall find it. */
    public void write(GuestMemory memory, long at) {
      memory.putInt(at + kvmpl_driver.id$offset(), id);
      memory.putInt(at + kvmpl_driver.wanted_level$offset(), level);
      memory.putInt(at + kvmpl_driver.processor$offset(), processor);
      memory.putInt(at + kvmpl_driver.cpl$offset(), cpl);
      memory.putLong(at + kvmpl_driver.entry$offset(), entry);
      memory.putLong(at + kvmpl_driver.image$offset(), image);
      memory.putLong(at + kvmpl_driver.stack$offset(), stack);
      memory.putLong(at + kvmpl_driver.vmsa$offset(), vmsa);
      memory.putLong(at + kvmpl_driver.ghcb$offset(), ghcb);
      memory.putLong(at + kvmpl_driver.trace$offset(), trace);
      memory.putLong(at + kvmpl_driver.console$offset(), console);
      memory.putLong(at + kvmpl_driver.instance$offset(), instance);
      memory.putLong(at + kvmpl_driver.argument_count$offset(), arguments.size());
      for (int i = 0; i < arguments.size(); i++) {
        memory.putLong(
            at + kvmpl_driver.arguments$offset() + (long) i * Long.BYTES, arguments.get(i));
      }
    }
  }

  /** What every vCPU needs: its pages, and where it is. */
  public void write(long ghcb, long trace, long console, long request, int processor) {
    memory.putLong(gpa + kvmpl_boot_info.self$offset(), gpa);
    memory.putLong(gpa + kvmpl_boot_info.ghcb$offset(), ghcb);
    memory.putLong(gpa + kvmpl_boot_info.trace$offset(), trace);
    memory.putLong(gpa + kvmpl_boot_info.console$offset(), console);
    memory.putLong(gpa + kvmpl_boot_info.request$offset(), request);
    memory.putLong(gpa + kvmpl_boot_info.processor$offset(), processor);
    memory.putLong(gpa + kvmpl_boot_info.memory_size$offset(), memory.size());
  }

  /** Where SVSM calls are announced: the vCPU's own. */
  public void writeCallingArea(long area) {
    memory.putLong(gpa + kvmpl_boot_info.calling_area$offset(), area);
  }

  /** At VMPL0: where level {@code vmpl} of the same processor announces its SVSM calls. */
  public void writeCallingArea(int vmpl, long area) {
    memory.putLong(gpa + kvmpl_boot_info.calling_areas$offset() + (long) vmpl * Long.BYTES, area);
  }

  /**
   * What the validator needs more.
   *
   * @param codebases where their registry is, 0 if there is none
   * @param drivers how many drivers there are
   * @param policy what becomes of what it refuses: KVMPL_POLICY_...
   * @param grant what it opens: KVMPL_GRANT_...
   */
  public void writeForValidator(long codebases, int drivers, int policy, int grant) {
    memory.putLong(gpa + kvmpl_boot_info.grant$offset(), grant);
    memory.putLong(gpa + kvmpl_boot_info.policy$offset(), policy);
    memory.putLong(gpa + kvmpl_boot_info.codebases$offset(), codebases);
    memory.putLong(gpa + kvmpl_boot_info.driver_count$offset(), drivers);
  }

  /** What the guest kernel needs more: where its drivers are, in the order of their starts. */
  public void writeDrivers(List<Long> drivers, int detection) {
    memory.putLong(gpa + kvmpl_boot_info.detection$offset(), detection);
    memory.putLong(gpa + kvmpl_boot_info.driver_count$offset(), drivers.size());
    for (int i = 0; i < drivers.size(); i++) {
      memory.putLong(
          gpa + kvmpl_boot_info.drivers$offset() + (long) i * Long.BYTES, drivers.get(i));
    }
  }

  /** What the driver whose structure is at {@code driver} returned. */
  public static long driverStatus(GuestMemory memory, long driver) {
    return memory.getLong(driver + kvmpl_driver.status$offset());
  }

  /** What whoever runs there wrote before it gave up. */
  public String panic() {
    long at = gpa + kvmpl_boot_info.panic$offset();
    if (memory.getLong(at + kvmpl_panic.vector$offset()) == Abi.KVMPL_PANIC_CALLED()) {
      return String.format(
          Locale.ROOT,
          "%s, at rip %#x",
          OneLine.of(panicText(at + kvmpl_panic.text$offset())),
          panicRip());
    }
    return String.format(
        Locale.ROOT,
        "exception %d, error code %#x, at rip %#x, cr2 %#x",
        memory.getLong(at + kvmpl_panic.vector$offset()),
        memory.getLong(at + kvmpl_panic.error$offset()),
        memory.getLong(at + kvmpl_panic.rip$offset()),
        memory.getLong(at + kvmpl_panic.cr2$offset()));
  }

  private String panicText(long at) {
    byte[] text = memory.read(at, Abi.KVMPL_PANIC_TEXT());
    int length = 0;
    while (length < text.length && text[length] != 0) {
      length++;
    }
    return new String(text, 0, length, StandardCharsets.UTF_8);
  }

  /** Where it gave up, 0 if it has not. */
  public long panicRip() {
    return memory.getLong(gpa + kvmpl_boot_info.panic$offset() + kvmpl_panic.rip$offset());
  }
}
