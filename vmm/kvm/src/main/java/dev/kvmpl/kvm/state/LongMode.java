// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import java.util.List;

/**
 * 64-bit mode with paging: what a vCPU needs that shall start there (AMD manual volume 2, 14.8).
 * The guest's GDT has to agree with the selectors: null, code, data, TSS, and data and code for CPL
 * 3.
 *
 * @param pageTables guest-physical address of the PML4
 * @param gdt guest-virtual address of the GDT, of {@link #GDT_BYTES}
 * @param tss guest-virtual address of a 64-bit TSS of {@link #TSS_BYTES}
 * @param gs GS's base: what belongs to the vCPU
 * @param cpl 0 or 3
 */
public record LongMode(long pageTables, long gdt, long tss, long gs, int cpl) {
  /** Null, code, data, the two words of the TSS's descriptor, data and code for CPL 3. */
  public static final int GDT_BYTES = 7 * 8;

  /** A 64-bit TSS without an I/O map. */
  public static final int TSS_BYTES = 104;

  public static final int SELECTOR_CODE = 0x08;
  public static final int SELECTOR_DATA = 0x10;
  public static final int SELECTOR_TSS = 0x18;
  // Linux's own: where CPL 3 runs on the CPU itself (kvm_pvm), a guest reads the host's selectors.
  public static final int SELECTOR_USER_DATA = 0x28;
  public static final int SELECTOR_USER_CODE = 0x30;

  /** Where the TSS has the stack for what interrupts CPL 3. */
  public static final int TSS_RSP0 = 4;

  /** Where it has the first of the stacks that gates can name (AMD manual volume 2, 12.2.5). */
  public static final int TSS_IST1 = 36;

  /** Where it has the 2 bytes that say where its I/O map is: none, if not below its end. */
  public static final int TSS_IO_MAP = 102;

  private static final int TYPE_CODE = 0xb; // execute, read, accessed
  private static final int TYPE_DATA = 0x3; // read, write, accessed
  private static final int TYPE_BUSY_TSS = 0xb; // the only type that VMX accepts in TR

  private static final long CR0_PE = 1;
  private static final long CR0_MP = 1 << 1;
  private static final long CR0_ET = 1 << 4;
  private static final long CR0_NE = 1 << 5;
  private static final long CR0_WP = 1 << 16; // CPL 0 obeys read-only pages too
  private static final long CR0_PG = 1L << 31;
  private static final long CR4_PAE = 1 << 5;
  private static final long CR4_LA57 = 1 << 12; // five levels
  private static final long EFER_LME = 1 << 8;

  private static final long EFER_LMA = 1 << 10; // long mode is active
  private static final long EFER_NXE = 1 << 11;

  /** The guest kernel's, at CPL 0. */
  public LongMode(long pageTables, long gdt, long tss, long gs) {
    this(pageTables, gdt, tss, gs, 0);
  }

  /** The same at CPL 3, in another address space. */
  public LongMode hosting(long userPageTables) {
    return new LongMode(userPageTables, gdt, tss, gs, 3);
  }

  /** Changes registers to this. */
  public void apply(SystemRegisters registers) {
    int code = cpl == 0 ? SELECTOR_CODE : SELECTOR_USER_CODE | cpl;
    int other = cpl == 0 ? SELECTOR_DATA : SELECTOR_USER_DATA | cpl;
    segment(registers.cs(), 0, 0xffffffff, code, TYPE_CODE, true, true);
    for (Segment data :
        List.of(registers.ss(), registers.ds(), registers.es(), registers.fs(), registers.gs())) {
      segment(data, 0, 0xffffffff, other, TYPE_DATA, true, false);
    }
    registers.gs().base(gs);
    segment(registers.tr(), tss, TSS_BYTES - 1, SELECTOR_TSS, TYPE_BUSY_TSS, false, false);
    registers.gdt().base(gdt);
    registers.gdt().limit(GDT_BYTES - 1);
    registers.cr0(CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_PG);
    registers.cr3(pageTables);
    registers.cr4(CR4_PAE);
    registers.efer(EFER_LME | EFER_LMA | EFER_NXE);
  }

  private static void segment(
      Segment segment,
      long base,
      int limit,
      int selector,
      int type,
      boolean codeOrData,
      boolean longCode) {
    segment.base(base);
    segment.limit(limit);
    segment.selector(selector);
    segment.type(type);
    segment.present(true);
    segment.dpl(selector & 3); // its requested level is its own
    segment.db(codeOrData && !longCode);
    segment.s(codeOrData);
    segment.l(longCode);
    segment.g(codeOrData);
    segment.unusable(false);
  }

  /** Whether these say long mode, and not compatibility mode. */
  public static boolean is64Bit(SystemRegisters registers) {
    return (registers.efer() & EFER_LMA) != 0 && registers.cs().l();
  }

  /** Whether these have a vCPU translate addresses by page tables of four levels. */
  public static boolean hasFourLevels(SystemRegisters registers) {
    return (registers.efer() & EFER_LMA) != 0
        && (registers.cr0() & CR0_PG) != 0
        && (registers.cr4() & (CR4_PAE | CR4_LA57)) == CR4_PAE;
  }
}
