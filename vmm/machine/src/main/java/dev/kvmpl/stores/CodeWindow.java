// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;

/**
 * The bytes around an instruction's end, as far as they are in memory: the longest instruction
 * before it, and one after it. Does not allocate.
 */
public final class CodeWindow {
  /** Where in {@link #bytes} the address is that was asked for. */
  public static final int MIDDLE = OperandDecoder.INSTRUCTION_MAX;

  private final GuestMemory memory;
  private final byte[] bytes = new byte[2 * MIDDLE];
  private int from;
  private int to;

  /** Nothing has been read. */
  public CodeWindow(GuestMemory memory) {
    this.memory = memory;
  }

  /** Reads the bytes around {@code address}. */
  public void read(GuestCpu cpu, long address) {
    from = MIDDLE;
    to = MIDDLE;
    while (from > 0) {
      int bytesOfPage = (int) Math.min(from, offset(address - MIDDLE + from - 1) + 1);
      if (!copy(cpu, address - MIDDLE, from - bytesOfPage, bytesOfPage)) {
        break;
      }
      from -= bytesOfPage;
    }
    while (to < bytes.length) {
      int bytesOfPage =
          (int) Math.min(bytes.length - to, PageRange.PAGE_SIZE - offset(address - MIDDLE + to));
      if (!copy(cpu, address - MIDDLE, to, bytesOfPage)) {
        break;
      }
      to += bytesOfPage;
    }
  }

  private boolean copy(GuestCpu cpu, long base, int at, int length) {
    long gpa = cpu.translate(base + at);
    if (gpa == GuestCpu.UNMAPPED || !memory.contains(gpa, length)) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      bytes[at + i] = memory.getByte(gpa + i);
    }
    return true;
  }

  private static long offset(long address) {
    return address & (PageRange.PAGE_SIZE - 1);
  }

  public byte[] bytes() {
    return bytes;
  }

  /** The first byte that could be read. */
  public int from() {
    return from;
  }

  /** One past the last byte that could be read. */
  public int to() {
    return to;
  }
}
