// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_console;
import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.PageRange;

/**
 * Where a level's things are in guest-physical memory: its tables and descriptors, the processors'
 * blocks, the images of what runs there. The guests learn it from their boot info. Addresses are
 * guest-physical, sizes in bytes.
 */
public final class LevelLayout {
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
  private static final long CONSOLE = 0xd080; // in the page in which the trace ends
  private static final long INTERRUPT_STACK = 0xe000; // its lowest byte; it starts at the next one
  private static final long EXCEPTION_STACK = 0x11000; // the same
  private static final long STACK = 0x14000; // its lowest byte; it starts at the block's end

  /** Bytes of a driver's stack. */
  public static final long DRIVER_STACK = 16 * 1024;

  static {
    if (MORE_TABLES + (long) MemoryLayout.HIDDEN_MAX * PageRange.PAGE_SIZE > DRIVERS
        || CODEBASES + CodebaseTable.BYTES > VMSAS
        || DRIVERS + BootInfo.DRIVERS_MAX * kvmpl_driver.sizeof() > VMSAS
        || VMSAS + (long) BootInfo.DRIVERS_MAX * PageRange.PAGE_SIZE > PROCESSORS
        || PROCESSORS + BootInfo.PROCESSORS_MAX * BLOCK > IMAGES
        || BOOT_INFO + kvmpl_boot_info.sizeof() > GHCB
        || TRACE + kvmpl_trace_ring.sizeof() > CONSOLE
        || CONSOLE + kvmpl_console.sizeof() > INTERRUPT_STACK) {
      throw new AssertionError("the areas of a level overlap");
    }
  }

  private final long base;
  private final PageRange area;

  LevelLayout(long base, long start, long end) {
    this.base = base;
    this.area = new PageRange(start, end);
  }

  /** All of the level's memory. */
  public PageRange area() {
    return area;
  }

  public long pageTables() {
    return base + PAGE_TABLES;
  }

  /** Zeroed pages in which more page tables can be made. */
  public PageRange moreTables() {
    return new PageRange(base + MORE_TABLES, base + DRIVERS);
  }

  /** The registry of codebases. Only used at VMPL0. */
  public long codebases() {
    return base + CODEBASES;
  }

  /** What the driver in place {@code index}, from 0 on, of a machine's list finds. */
  public long driver(int index) {
    return base + DRIVERS + index * kvmpl_driver.sizeof();
  }

  /** The page for the vCPU request of the driver in place {@code index}. */
  public long vmsa(int index) {
    return base + VMSAS + (long) index * PageRange.PAGE_SIZE;
  }

  public long gdt(int processor) {
    return block(processor) + GDT;
  }

  public long tss(int processor) {
    return block(processor) + TSS;
  }

  public long bootInfo(int processor) {
    return block(processor) + BOOT_INFO;
  }

  public long ghcb(int processor) {
    return block(processor) + GHCB;
  }

  /** Only used at VMPL0. */
  public long request(int processor) {
    return block(processor) + REQUEST;
  }

  /** Where a level announces its SVSM calls; not used at VMPL0. */
  public long callingArea(int processor) {
    return block(processor) + CALLING_AREA;
  }

  public long trace(int processor) {
    return block(processor) + TRACE;
  }

  public long console(int processor) {
    return block(processor) + CONSOLE;
  }

  /** 16-byte aligned, as the ABI wants RSP before a call. */
  public long stackTop(int processor) {
    return block(processor + 1);
  }

  /** The top of the stack for what interrupts code at CPL 3; the other is in use then. */
  public long interruptStackTop(int processor) {
    return block(processor) + EXCEPTION_STACK;
  }

  /** The top of the stack for an exception that may find any other stack closed to the level. */
  public long exceptionStackTop(int processor) {
    return block(processor) + STACK;
  }

  private long block(int processor) {
    return base + PROCESSORS + processor * BLOCK;
  }

  /** Where images start. */
  public long images() {
    return base + IMAGES;
  }

  /** Bytes for the images. */
  public long imageRoom() {
    return end() - images();
  }

  /** One past the area's last byte. */
  public long end() {
    return area.end();
  }
}
