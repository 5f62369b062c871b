// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.core;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * One level's core: its vCPUs' registers, and memory as the level may read it. Pages of zeros are
 * left out. Addresses are guest-physical, which are the payloads' virtual ones, unless a driver has
 * changed its tables.
 */
final class CoreFile {
  private static final int HEADER_BYTES = 64;
  private static final int PROGRAM_HEADER_BYTES = 56;
  private static final short ET_CORE = 4;
  private static final short EM_X86_64 = 62;
  private static final int PT_LOAD = 1;
  private static final int PT_NOTE = 4;
  private static final int READABLE = 4;

  /** Segments: an ELF header counts them in 16 bits. */
  private static final int SEGMENTS_MAX = 60_000;

  private static final byte[] ZEROS = new byte[PageRange.PAGE_SIZE];

  private final GuestMemory memory;
  private final Rmp rmp;
  private final Vmpl level;

  CoreFile(GuestMemory memory, Rmp rmp, Vmpl level) {
    this.memory = memory;
    this.rmp = rmp;
    this.level = level;
  }

  /** Writes it; the stream stays open. */
  void write(byte[] notes, OutputStream out) throws IOException {
    List<PageRange> segments = segments();
    int headers = HEADER_BYTES + PROGRAM_HEADER_BYTES * (segments.size() + 1);
    ByteBuffer head = ByteBuffer.allocate(headers).order(ByteOrder.LITTLE_ENDIAN);
    head.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1}).position(16);
    head.putShort(ET_CORE).putShort(EM_X86_64).putInt(1).putLong(0).putLong(HEADER_BYTES);
    head.putLong(0).putInt(0).putShort((short) HEADER_BYTES);
    head.putShort((short) PROGRAM_HEADER_BYTES).putShort((short) (segments.size() + 1));
    head.position(HEADER_BYTES);
    segment(head, PT_NOTE, 0, headers, 0, notes.length);
    long at = (headers + notes.length + PageRange.PAGE_SIZE - 1L) & -PageRange.PAGE_SIZE;
    int padding = (int) (at - headers - notes.length);
    for (PageRange range : segments) {
      segment(head, PT_LOAD, READABLE, at, range.start(), range.length());
      at += range.length();
    }
    out.write(head.array());
    out.write(notes);
    out.write(new byte[padding]);
    for (PageRange range : segments) {
      for (long page = range.start(); page < range.end(); page += PageRange.PAGE_SIZE) {
        out.write(memory.read(page, PageRange.PAGE_SIZE));
      }
    }
  }

  private static void segment(
      ByteBuffer to, int type, int flags, long offset, long address, long length) {
    to.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    to.putLong(length).putLong(type == PT_NOTE ? 0 : length).putLong(1);
  }

  /** What is not zero; if that is in too many pieces, with short stretches of zeros in between. */
  private List<PageRange> segments() {
    List<PageRange> segments = segments(0);
    for (int gap = 1; segments.size() > SEGMENTS_MAX; gap *= 2) {
      segments = segments(gap);
    }
    return segments;
  }

  private List<PageRange> segments(int gap) {
    List<PageRange> segments = new ArrayList<>();
    int start = -1;
    int last = -1;
    for (int page = 0; page < rmp.pages(); page++) {
      boolean readable = (rmp.access(page, level) & PagePermissions.READ) != 0;
      boolean kept = readable && !isZero(page);
      if (start >= 0 && (!readable || (!kept && page - last > gap))) {
        segments.add(range(start, last + 1));
        start = -1;
      }
      if (kept) {
        start = start < 0 ? page : start;
        last = page;
      }
    }
    if (start >= 0) {
      segments.add(range(start, last + 1));
    }
    return segments;
  }

  private static PageRange range(int first, int end) {
    return new PageRange((long) first << PageRange.PAGE_SHIFT, (long) end << PageRange.PAGE_SHIFT);
  }

  private boolean isZero(int page) {
    byte[] bytes = memory.read((long) page << PageRange.PAGE_SHIFT, PageRange.PAGE_SIZE);
    return java.util.Arrays.equals(bytes, ZEROS);
  }
}
