// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import java.util.List;

/**
 * What a kernel is told at its start (struct boot_params; Linux, Documentation/arch/x86/boot.rst
 * and zero-page.rst).
 */
public final class ZeroPage {
  private static final int ACPI_RSDP = 0x70;
  private static final int E820_ENTRIES = 0x1e8;
  private static final int SETUP_HEADER = 0x1f1;
  private static final int BOOT_FLAG = 0x1fe;
  private static final int HEADER_MAGIC = 0x202;
  private static final int VERSION = 0x206;
  private static final int LOADER = 0x210;
  private static final int LOAD_FLAGS = 0x211;
  private static final int INITRD = 0x218;
  private static final int INITRD_SIZE = 0x21c;
  private static final int COMMAND_LINE = 0x228;
  private static final int ALIGNMENT = 0x230;
  private static final int COMMAND_LINE_SIZE = 0x238;
  private static final int E820_TABLE = 0x2d0;

  private static final int E820_ENTRY_BYTES = 20;
  private static final int E820_RAM = 1;
  private static final int E820_RESERVED = 2;
  private static final int LOADER_UNDEFINED = 0xff;
  private static final int LOADED_HIGH = 1;
  private static final int PLAIN_VERSION = 0x20c;

  private final GuestMemory memory;
  private final long page;

  /** An empty one. */
  public ZeroPage(GuestMemory memory, long page) {
    this.memory = memory;
    this.page = page;
    memory.slice(page, PageRange.PAGE_SIZE).fill((byte) 0);
  }

  /** Takes the kernel's own header over. */
  void setupHeader(byte[] header) {
    memory.write(page + SETUP_HEADER, header);
    loader();
  }

  /** For a kernel that has none. */
  void plainHeader() {
    memory.store(page + BOOT_FLAG, Short.BYTES, 0xaa55);
    memory.putInt(page + HEADER_MAGIC, 0x53726448);
    memory.store(page + VERSION, Short.BYTES, PLAIN_VERSION);
    memory.putInt(page + ALIGNMENT, (int) GuestMap.KERNEL);
    loader();
  }

  private void loader() {
    memory.store(page + LOADER, Byte.BYTES, LOADER_UNDEFINED);
    memory.store(page + LOAD_FLAGS, Byte.BYTES, memory.getByte(page + LOAD_FLAGS) | LOADED_HIGH);
  }

  /** Where the command line is. */
  void commandLine(long gpa) {
    memory.putInt(page + COMMAND_LINE, (int) gpa);
    memory.putInt(page + COMMAND_LINE_SIZE, GuestMap.COMMAND_LINE_MAX);
  }

  /** Where the initial RAM disk is. */
  void initialRamDisk(long gpa, int size) {
    memory.putInt(page + INITRD, (int) gpa);
    memory.putInt(page + INITRD_SIZE, size);
  }

  /** Where ACPI's root is. */
  void acpi(long rsdp) {
    memory.putLong(page + ACPI_RSDP, rsdp);
  }

  /** What memory there is: these ranges, by their addresses, and between them what is reserved. */
  void memory(List<PageRange> usable) {
    int entries = 0;
    long end = 0;
    for (PageRange range : usable) {
      if (range.start() > end) {
        put(entries++, end, range.start() - end, E820_RESERVED);
      }
      put(entries++, range.start(), range.length(), E820_RAM);
      end = range.end();
    }
    memory.store(page + E820_ENTRIES, Byte.BYTES, entries);
  }

  private void put(int entry, long gpa, long length, int type) {
    long at = page + E820_TABLE + (long) entry * E820_ENTRY_BYTES;
    memory.putLong(at, gpa);
    memory.putLong(at + 8, length);
    memory.putInt(at + 16, type);
  }
}
