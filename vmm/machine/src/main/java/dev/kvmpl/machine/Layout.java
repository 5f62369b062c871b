// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.CodebaseTable;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Arrays;

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

  /** In so many different large pages hidden memory can be with detection fault. */
  public static final int HIDDEN_MAX = 32;

  static final PageRange TABLES_AREA = new PageRange(Abi.KVMPL_TABLES_BASE(), KERNEL_MEMORY);

  // Offsets inside a level's area.
  private static final long PAGE_TABLES = 0x8000; // PML4, PDPT, up to 3 PDs, one PT: 0x8000..0xe000
  private static final long MORE_TABLES = 0x10000; // for pages that the tables hide
  private static final long DRIVERS = 0x30000;
  private static final long CODEBASES = DRIVERS; // at VMPL0, which has no drivers
  private static final long VMSAS = 0x40000; // one page a driver and processor
  private static final long PROCESSORS = 0x80000;
  private static final long IMAGES = 0x100000;

  // Offsets inside a processor's block.
  private static final long BLOCK = 0x20000;
  private static final long GDT = 0;
  private static final long TSS = 0x800;
  private static final long BOOT_INFO = 0x1000;
  private static final long GHCB = 0x2000;
  private static final long REQUEST = 0x3000;
  private static final long CALLING_AREA = 0x4000;
  private static final long TRACE = 0x5000;
  private static final long INTERRUPT_STACK = 0xd000; // its lowest byte; it starts at the next one
  private static final long STACK = 0x11000; // its lowest byte; it starts at the block's end

  /** Bytes of a driver's stack. */
  static final long DRIVER_STACK = 16 * 1024;

  static {
    if (MORE_TABLES + (long) HIDDEN_MAX * PageRange.PAGE_SIZE > DRIVERS
        || CODEBASES + CodebaseTable.BYTES > VMSAS
        || DRIVERS + BootInfo.DRIVERS_MAX * kvmpl_driver.sizeof() > VMSAS
        || VMSAS + (long) BootInfo.DRIVERS_MAX * PageRange.PAGE_SIZE > PROCESSORS
        || PROCESSORS + BootInfo.PROCESSORS_MAX * BLOCK > IMAGES
        || BOOT_INFO + kvmpl_boot_info.sizeof() > GHCB
        || TRACE + kvmpl_trace_ring.sizeof() > INTERRUPT_STACK) {
      throw new AssertionError("the areas of a level overlap");
    }
  }

  private static final Layout[] LAYOUTS = {
    new Layout(Abi.KVMPL_VMPL0_BASE(), Abi.KVMPL_VMPL0_BASE(), Abi.KVMPL_VMPL0_END()),
    // VMPL1's area is counted from 0; its page 0 is never mapped.
    new Layout(0, Abi.KVMPL_VMPL1_BASE(), Abi.KVMPL_VMPL1_END()),
    new Layout(Abi.KVMPL_VMPL2_BASE(), Abi.KVMPL_VMPL2_BASE(), Abi.KVMPL_VMPL2_END()),
    new Layout(Abi.KVMPL_VMPL3_BASE(), Abi.KVMPL_VMPL3_BASE(), Abi.KVMPL_VMPL3_END()),
  };

  /** Bytes for the images of all levels. */
  public static final long IMAGES_MAX = Arrays.stream(LAYOUTS).mapToLong(Layout::imageRoom).sum();

  /** Bytes of the level that has the most room for images: VMPL0. */
  static final long IMAGE_MAX = LAYOUTS[0].imageRoom();

  private final long base;
  private final PageRange area;

  private Layout(long base, long start, long end) {
    this.base = base;
    this.area = new PageRange(start, end);
  }

  /** A level's. */
  static Layout of(Vmpl level) {
    return LAYOUTS[level.number()];
  }

  /** All of the level's memory. */
  PageRange area() {
    return area;
  }

  long pageTables() {
    return base + PAGE_TABLES;
  }

  /** Zeroed pages in which more page tables can be made. */
  PageRange moreTables() {
    return new PageRange(base + MORE_TABLES, base + DRIVERS);
  }

  /** The registry of codebases. Only used at VMPL0. */
  long codebases() {
    return base + CODEBASES;
  }

  /** What the driver in place {@code index}, from 0 on, of a machine's list finds. */
  long driver(int index) {
    return base + DRIVERS + index * kvmpl_driver.sizeof();
  }

  /** The page for the vCPU request of the driver in place {@code index}. */
  long vmsa(int index) {
    return base + VMSAS + (long) index * PageRange.PAGE_SIZE;
  }

  long gdt(int processor) {
    return block(processor) + GDT;
  }

  long tss(int processor) {
    return block(processor) + TSS;
  }

  long bootInfo(int processor) {
    return block(processor) + BOOT_INFO;
  }

  long ghcb(int processor) {
    return block(processor) + GHCB;
  }

  /** Only used at VMPL0. */
  long request(int processor) {
    return block(processor) + REQUEST;
  }

  /** Where a level announces its SVSM calls; not used at VMPL0. */
  long callingArea(int processor) {
    return block(processor) + CALLING_AREA;
  }

  long trace(int processor) {
    return block(processor) + TRACE;
  }

  /** 16-byte aligned, as the ABI wants RSP before a call. */
  long stackTop(int processor) {
    return block(processor + 1);
  }

  /** The top of the stack for what interrupts code at CPL 3; the other is in use then. */
  long interruptStackTop(int processor) {
    return block(processor) + STACK;
  }

  private long block(int processor) {
    return base + PROCESSORS + processor * BLOCK;
  }

  /** Where images start. */
  long images() {
    return base + IMAGES;
  }

  private long imageRoom() {
    return end() - images();
  }

  /** One past the area's last byte. */
  long end() {
    return area.end();
  }
}
