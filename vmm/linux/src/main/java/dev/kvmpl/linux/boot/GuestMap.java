// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.boot;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.MemoryLayout;
import java.util.List;

/**
 * Where things are in a Linux guest's memory, guest-physical. VMPL0's area and tables lie below
 * {@link #KERNEL}, in memory that the guest is told is reserved; what is above is all Linux's.
 */
public final class GuestMap {
  /** Where Debian's kernels are linked to be, and bzImages loaded: nothing of kvmpl's is above. */
  public static final long KERNEL = MemoryLayout.PAYLOADS.kernelMemory();

  /** The zero page of the boot protocol. */
  public static final long ZERO_PAGE = 0x10000;

  /** The command line, up to {@link #COMMAND_LINE_MAX} bytes with the 0 at its end. */
  public static final long COMMAND_LINE = 0x11000;

  /** Bytes of the command line. */
  public static final int COMMAND_LINE_MAX = 2048; // COMMAND_LINE_SIZE of x86

  static final long GDT = 0x12000;
  static final long PAGE_TABLES = 0x13000; // PML4, PDPT, 4 PDs
  static final long STACK_TOP = 0x20000;

  /** ACPI's tables, in the BIOS's area. */
  public static final PageRange ACPI = new PageRange(0xf0000, 0x100000);

  private static final long LOW_MEMORY_END = 0x9f000; // the EBDA and the adapters' memory follow
  private static final long HIGH_MEMORY = 0x100000;

  /** Where VMPL1's memory ends for Linux, and the other levels' begins. */
  private static final long LOW_AREA_END =
      MemoryLayout.PAYLOADS.of(dev.kvmpl.vmpl.Vmpl.VMPL1).end();

  private GuestMap() {}

  /** The memory that the guest may use, as the BIOS would say it; all else is reserved. */
  public static List<PageRange> usable(GuestMemory memory) {
    return List.of(
        new PageRange(0, LOW_MEMORY_END),
        new PageRange(HIGH_MEMORY, LOW_AREA_END),
        new PageRange(KERNEL, memory.size()));
  }

  /** Where Linux's own part records steps: reserved, and VMPL2's in other machines. */
  static final PageRange TRACES =
      new PageRange(
          trace(0),
          trace(BootInfo.PROCESSORS_MAX - 1)
              + (kvmpl_trace_ring.sizeof() + PageRange.PAGE_SIZE - 1)
                  / PageRange.PAGE_SIZE
                  * PageRange.PAGE_SIZE);

  /** The trace ring of Linux's vCPU of a processor. */
  public static long trace(int apicId) {
    return Abi.KVMPL_LINUX_TRACE_GPA() + (long) apicId * Abi.KVMPL_LINUX_TRACE_STRIDE();
  }

  /** What VMPL1 may do everything with at launch: the same, the BIOS's area, the trace rings. */
  public static List<PageRange> open(GuestMemory memory) {
    return List.of(new PageRange(0, LOW_AREA_END), TRACES, new PageRange(KERNEL, memory.size()));
  }
}
