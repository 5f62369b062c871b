// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.Segment;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * The 64-bit boot protocol (Linux, Documentation/arch/x86/boot.rst): kernel, RAM disk, command line
 * and tables in memory, and the first vCPU in long mode at the kernel's entry.
 */
public final class Boot {
  private static final long DESCRIPTOR_CODE = 0x00af9b000000ffffL; // present, code, 64-bit
  private static final long DESCRIPTOR_DATA = 0x00cf93000000ffffL; // present, data
  private static final int SELECTOR_CODE = 0x10; // __BOOT_CS
  private static final int SELECTOR_DATA = 0x18; // __BOOT_DS
  private static final int TYPE_CODE = 0xb;
  private static final int TYPE_DATA = 3;
  private static final long CR0 = 0x80050033L; // PG, AM, WP, NE, ET, MP, PE
  private static final long CR4_PAE = 1 << 5;
  private static final long EFER_LONG_MODE = 1 << 8 | 1 << 10;
  private static final long INITRD_TOP = 1L << 31; // a kernel of any age takes it from below
  private static final int PDS = 4; // 4 GiB, of pages of 2 MiB
  private static final int ENTRIES = 512;
  private static final long LARGE_SHIFT = 21;
  private static final long TABLE = 3; // present, writable
  private static final long LARGE = 0x83; // the same, large

  private final GuestMemory memory;
  private final long entry;

  private Boot(GuestMemory memory, long entry) {
    this.memory = memory;
    this.entry = entry;
  }

  /** The guest's memory does not hold what shall be in it; the message says what. */
  public static final class TooSmallException extends Exception {
    private static final long serialVersionUID = 1L;

    TooSmallException(String message) {
      super(message);
    }
  }

  /**
   * Puts everything into memory.
   *
   * @param initialRamDisk an archive, or nothing
   * @param commandLine ASCII, shorter than {@link GuestMap#COMMAND_LINE_MAX}
   */
  public static Boot load(
      GuestMemory memory,
      KernelImage kernel,
      byte[] initialRamDisk,
      String commandLine,
      int processors)
      throws TooSmallException {
    long top = Math.min(memory.size(), INITRD_TOP);
    long disk = (top - initialRamDisk.length) & -PageRange.PAGE_SIZE;
    if (disk < kernel.end()) {
      throw new TooSmallException(
          String.format(
              Locale.ROOT,
              "%d MiB of memory hold neither the kernel, which needs all up to %d MiB, nor beside"
                  + " it the RAM disk of %d KiB",
              memory.size() >> 20,
              kernel.end() >> 20,
              initialRamDisk.length >> 10));
    }
    ZeroPage zeroPage = new ZeroPage(memory, GuestMap.ZERO_PAGE);
    long entry = kernel.load(memory, zeroPage);
    memory.write(disk, initialRamDisk);
    zeroPage.initialRamDisk(initialRamDisk.length == 0 ? 0 : disk, initialRamDisk.length);
    memory.write(GuestMap.COMMAND_LINE, (commandLine + "\0").getBytes(StandardCharsets.US_ASCII));
    zeroPage.commandLine(GuestMap.COMMAND_LINE);
    List<PageRange> usable = GuestMap.usable(memory);
    zeroPage.memory(usable);
    zeroPage.acpi(AcpiTables.write(memory, processors));
    Boot boot = new Boot(memory, entry);
    boot.writeTables();
    return boot;
  }

  private void writeTables() {
    memory.putLong(GuestMap.GDT + SELECTOR_CODE, DESCRIPTOR_CODE);
    memory.putLong(GuestMap.GDT + SELECTOR_DATA, DESCRIPTOR_DATA);
    long pdpt = GuestMap.PAGE_TABLES + PageRange.PAGE_SIZE;
    memory.putLong(GuestMap.PAGE_TABLES, pdpt | TABLE);
    for (long pd = 0; pd < PDS; pd++) {
      long at = pdpt + PageRange.PAGE_SIZE * (pd + 1);
      memory.putLong(pdpt + pd * Long.BYTES, at | TABLE);
      for (long i = 0; i < ENTRIES; i++) {
        memory.putLong(at + i * Long.BYTES, ((pd * ENTRIES + i) << LARGE_SHIFT) | LARGE);
      }
    }
  }

  /** Puts the first vCPU where the kernel starts. */
  public void start(Vcpu vcpu) {
    SpecialRegisters special = vcpu.get(new SpecialRegisters());
    segment(special.cs(), SELECTOR_CODE, TYPE_CODE, true);
    for (Segment data :
        List.of(special.ds(), special.es(), special.fs(), special.gs(), special.ss())) {
      segment(data, SELECTOR_DATA, TYPE_DATA, false);
    }
    special.gdt().base(GuestMap.GDT);
    special.gdt().limit(SELECTOR_DATA + Long.BYTES - 1);
    special.idt().base(0);
    special.idt().limit(0);
    special.cr0(CR0);
    special.cr3(GuestMap.PAGE_TABLES);
    special.cr4(CR4_PAE);
    special.efer(EFER_LONG_MODE);
    vcpu.set(special);
    Registers registers = vcpu.registers();
    registers.rip(entry);
    registers.rsi(GuestMap.ZERO_PAGE);
    registers.rsp(GuestMap.STACK_TOP);
    registers.rbp(0);
    registers.rflags(2);
    vcpu.setRegisters();
  }

  private static void segment(Segment segment, int selector, int type, boolean code) {
    segment.base(0);
    segment.limit(0xffffffff);
    segment.selector(selector);
    segment.type(type);
    segment.present(true);
    segment.dpl(0);
    segment.db(!code);
    segment.s(true);
    segment.l(code);
    segment.g(true);
    segment.unusable(false);
  }
}
