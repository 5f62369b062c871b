// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;

/**
 * Where things are in guest-physical memory. The four areas are {@code abi.h}'s, the same for every
 * machine, so that scenarios can name addresses; inside the areas of the two levels this class
 * decides, and the guests learn it from their boot info.
 */
public final class Layout {
  private static final long MIB = 1 << 20;

  /** Size of a large page: identity maps are made of them, so memory is a multiple. */
  public static final long LARGE_PAGE = 2 * MIB;

  /** Kernel memory: the first byte that a scenario may name. */
  public static final long KERNEL_MEMORY = Abi.KVMPL_KERNEL_MEMORY_BASE();

  /** The areas, and the least kernel memory. */
  public static final long MEMORY_MIN = KERNEL_MEMORY + LARGE_PAGE;

  /** Below the addresses that a PC's interrupt controllers and firmware have. */
  public static final long MEMORY_MAX = 3L << 30;

  static final PageRange VMPL1_AREA = new PageRange(Abi.KVMPL_VMPL1_BASE(), Abi.KVMPL_VMPL1_END());
  static final PageRange TABLES_AREA = new PageRange(Abi.KVMPL_TABLES_BASE(), KERNEL_MEMORY);

  // Offsets inside a level's area.
  private static final long GDT = 0x1000;
  private static final long TSS = 0x2000;
  private static final long BOOT_INFO = 0x3000;
  private static final long GHCB = 0x4000;
  private static final long REQUEST = 0x5000;
  private static final long PAGE_TABLES = 0x8000; // PML4, PDPT, up to 3 PDs, one PT: 0x8000..0xe000
  private static final long TRACE = 0x10000;
  private static final long DRIVERS = 0x20000;
  private static final long VMSAS = 0x40000; // one page a driver
  private static final long STACK_TOP = 0xa0000; // grows down, 128 KiB
  private static final long IMAGES = 0x100000;

  /** Bytes of a driver's stack. */
  static final long DRIVER_STACK = 16 * 1024;

  static {
    if (TRACE + kvmpl_trace_ring.sizeof() > DRIVERS
        || DRIVERS + BootInfo.DRIVERS_BYTES > VMSAS
        || VMSAS + (long) BootInfo.DRIVERS_MAX * PageRange.PAGE_SIZE > STACK_TOP - 0x20000) {
      throw new AssertionError("the areas of a level overlap");
    }
  }

  /** VMPL1's area starts at 0; its page 0 is never mapped. */
  static final Layout VMPL1 = new Layout(0, Abi.KVMPL_VMPL1_END());

  static final Layout VMPL0 = new Layout(Abi.KVMPL_VMPL0_BASE(), Abi.KVMPL_VMPL0_END());

  private final long base;
  private final long end;

  private Layout(long base, long end) {
    this.base = base;
    this.end = end;
  }

  long gdt() {
    return base + GDT;
  }

  long tss() {
    return base + TSS;
  }

  long bootInfo() {
    return base + BOOT_INFO;
  }

  long ghcb() {
    return base + GHCB;
  }

  /** Only used at VMPL0. */
  long request() {
    return base + REQUEST;
  }

  long pageTables() {
    return base + PAGE_TABLES;
  }

  long trace() {
    return base + TRACE;
  }

  /** The table of drivers; only used at VMPL1. */
  long drivers() {
    return base + DRIVERS;
  }

  /** The page for the vCPU request of driver number {@code index}, from 0 on. */
  long vmsa(int index) {
    return base + VMSAS + (long) index * PageRange.PAGE_SIZE;
  }

  /** 16-byte aligned, as the ABI wants RSP before a call. */
  long stackTop() {
    return base + STACK_TOP;
  }

  /** Where images start. */
  long images() {
    return base + IMAGES;
  }

  /** One past the area's last byte. */
  long end() {
    return end;
  }
}
