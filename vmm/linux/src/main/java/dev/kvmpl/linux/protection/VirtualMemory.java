// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.protection;

import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * A guest's memory by its virtual addresses, as the page tables of one of its vCPUs have it now,
 * whoever may access it: KVM_TRANSLATE knows no user memory where the CPU has SMAP.
 */
public final class VirtualMemory {
  private final GuestMemory memory;
  private final PageWalk walk;

  public VirtualMemory(GuestMemory memory) {
    this.memory = memory;
    this.walk = new PageWalk(memory);
  }

  /** Bytes of memory that there are: what is mapped once has no more. */
  public long size() {
    return memory.size();
  }

  /** Where an address leads, {@link GuestCpu#UNMAPPED} for nowhere. */
  public long physical(GuestCpu cpu, long address) {
    walk.from(cpu.pageTables());
    long gpa = walk.to(address);
    return gpa == PageWalk.UNMAPPED ? GuestCpu.UNMAPPED : gpa;
  }

  /** The word at an address, 0 if there is none. */
  public long word(GuestCpu cpu, long address) {
    byte[] bytes = read(cpu, address, Long.BYTES);
    long word = 0;
    for (int i = bytes.length - 1; i >= 0; i--) {
      word = word << Byte.SIZE | Byte.toUnsignedInt(bytes[i]);
    }
    return word;
  }

  /** Text up to a 0, at most so many bytes. */
  public String text(GuestCpu cpu, long address, int most) {
    byte[] bytes = read(cpu, address, most);
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.US_ASCII);
  }

  /** Bytes; 0 where there is no memory. */
  public byte[] read(GuestCpu cpu, long address, int length) {
    byte[] bytes = new byte[length];
    walk.from(cpu.pageTables());
    for (int done = 0; done < length; ) {
      long at = address + done;
      int part =
          (int) Math.min(length - done, PageRange.PAGE_SIZE - (at & (PageRange.PAGE_SIZE - 1)));
      long gpa = walk.to(at);
      if (gpa != PageWalk.UNMAPPED && memory.contains(gpa, part)) {
        MemorySegment.copy(memory.slice(gpa, part), ValueLayout.JAVA_BYTE, 0, bytes, done, part);
      }
      done += part;
    }
    return bytes;
  }
}
