// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.vmpl.Vmpl;

/**
 * The tables that a vCPU needs to start in 64-bit mode: a GDT, and page tables in which virtual is
 * physical, made of 2 MiB pages but for the first, whose page 0 is left out so that a null pointer
 * faults. Bits: AMD manual volume 2, 4.8 (descriptors) and 5.3 (long-mode translation).
 */
final class BootTables {
  private static final long DESCRIPTOR_CODE = 0x00af9b000000ffffL; // present, code, 64-bit, 4 GiB
  private static final long DESCRIPTOR_DATA = 0x00cf93000000ffffL; // present, data, 4 GiB
  private static final long DPL_3 = 3L << 45;
  private static final long DESCRIPTOR_TSS = 0x00008b0000000000L; // present, busy 64-bit TSS

  private static final long PRESENT = 1;
  private static final long WRITABLE = 1 << 1;
  private static final long LARGE = 1 << 7;
  private static final long HIDDEN = Abi.KVMPL_PTE_HIDDEN();
  private static final int ENTRIES = 512;
  private static final long PD_REACH = ENTRIES * MemoryLayout.LARGE_PAGE;

  private BootTables() {}

  /** Writes a processor's descriptors and returns what its vCPU of the level is started with. */
  static LongMode writeDescriptors(GuestMemory memory, LevelLayout layout, int processor) {
    long gdt = layout.gdt(processor);
    long tss = layout.tss(processor);
    writeGdt(memory, gdt, tss);
    memory.putLong(tss + LongMode.TSS_RSP0, layout.interruptStackTop(processor));
    memory.putLong(tss + LongMode.TSS_IST1, layout.exceptionStackTop(processor));
    memory.store(tss + LongMode.TSS_IO_MAP, Short.BYTES, LongMode.TSS_BYTES);
    return new LongMode(layout.pageTables(), gdt, tss, layout.bootInfo(processor));
  }

  private static void writeGdt(GuestMemory memory, long gdt, long tss) {
    memory.putLong(gdt + LongMode.SELECTOR_CODE, DESCRIPTOR_CODE);
    memory.putLong(gdt + LongMode.SELECTOR_DATA, DESCRIPTOR_DATA);
    memory.putLong(gdt + LongMode.SELECTOR_USER_CODE, DESCRIPTOR_CODE | DPL_3);
    memory.putLong(gdt + LongMode.SELECTOR_USER_DATA, DESCRIPTOR_DATA | DPL_3);
    long base = (tss & 0xffffff) << 16 | (tss & 0xff000000L) << 32;
    memory.putLong(gdt + LongMode.SELECTOR_TSS, DESCRIPTOR_TSS | base | (LongMode.TSS_BYTES - 1));
    memory.putLong(gdt + LongMode.SELECTOR_TSS + Long.BYTES, tss >>> 32);
  }

  /**
   * Writes a level's page tables, which its vCPUs share.
   *
   * @param writable whether they let kernel memory be written
   */
  static void writePageTables(
      GuestMemory memory, MemoryLayout layout, Vmpl level, boolean writable) {
    long pml4 = layout.of(level).pageTables();
    long pdpt = pml4 + PageRange.PAGE_SIZE;
    long firstPd = pdpt + PageRange.PAGE_SIZE;
    long pds = (memory.size() + PD_REACH - 1) / PD_REACH;
    long pt = firstPd + pds * PageRange.PAGE_SIZE;
    memory.putLong(pml4, pdpt | PRESENT | WRITABLE);
    for (int i = 0; i < pds; i++) {
      memory.putLong(
          pdpt + (long) i * Long.BYTES,
          (firstPd + (long) i * PageRange.PAGE_SIZE) | PRESENT | WRITABLE);
    }
    memory.putLong(firstPd, pt | PRESENT | WRITABLE);
    for (long gpa = MemoryLayout.LARGE_PAGE; gpa < memory.size(); gpa += MemoryLayout.LARGE_PAGE) {
      long access = writable || gpa < layout.kernelMemory() ? PRESENT | WRITABLE : PRESENT;
      memory.putLong(firstPd + gpa / MemoryLayout.LARGE_PAGE * Long.BYTES, gpa | access | LARGE);
    }
    for (int page = 1; page < ENTRIES; page++) {
      memory.putLong(
          pt + (long) page * Long.BYTES, (long) page * PageRange.PAGE_SIZE | PRESENT | WRITABLE);
    }
  }

  /**
   * Takes pages out of tables that {@link #writePageTables} wrote, so that an access is a fault.
   *
   * @param tables where there is room for a table for each 2 MiB in which there is such a page
   * @throws IllegalArgumentException if there is none left
   */
  static void hide(GuestMemory memory, long pml4, PageRange ranges, PageRange tables) {
    long firstPd = pml4 + 2L * PageRange.PAGE_SIZE;
    for (long gpa = ranges.start(); gpa < ranges.end(); gpa += PageRange.PAGE_SIZE) {
      long entryAt = firstPd + gpa / MemoryLayout.LARGE_PAGE * Long.BYTES;
      if ((memory.getLong(entryAt) & LARGE) != 0) {
        memory.putLong(entryAt, split(memory, memory.getLong(entryAt), tables));
      }
      long table = memory.getLong(entryAt) & -PageRange.PAGE_SIZE;
      memory.putLong(table + gpa / PageRange.PAGE_SIZE % ENTRIES * Long.BYTES, gpa | HIDDEN);
    }
  }

  /** Puts a large page's entry into small ones, in the first free table; returns its entry. */
  private static long split(GuestMemory memory, long large, PageRange tables) {
    for (long table = tables.start(); table < tables.end(); table += PageRange.PAGE_SIZE) {
      if (memory.getLong(table) == 0) {
        for (int i = 0; i < ENTRIES; i++) {
          long gpa = (large & -PageRange.PAGE_SIZE) + (long) i * PageRange.PAGE_SIZE;
          memory.putLong(table + (long) i * Long.BYTES, gpa | (large & (PRESENT | WRITABLE)));
        }
        return table | PRESENT | WRITABLE;
      }
    }
    throw new IllegalArgumentException("hidden ranges in too many different 2 MiB");
  }
}
