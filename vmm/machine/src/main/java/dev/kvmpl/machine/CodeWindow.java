// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.decode.StoreDecoder;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;

/**
 * The bytes around an instruction's end, as far as they are in memory: the longest instruction
 * before it, and one after it. Does not allocate.
 */
final class CodeWindow {
  /** Where in {@link #bytes} the address is that was asked for. */
  static final int MIDDLE = StoreDecoder.INSTRUCTION_MAX;

  private final GuestMemory memory;
  private final byte[] bytes = new byte[2 * MIDDLE];
  private int from;
  private int to;

  CodeWindow(GuestMemory memory) {
    this.memory = memory;
  }

  /** Reads the bytes around {@code address}. */
  void read(Vcpu vcpu, long address) {
    from = MIDDLE;
    to = MIDDLE;
    while (from > 0) {
      int bytesOfPage = (int) Math.min(from, offset(address - MIDDLE + from - 1) + 1);
      if (!copy(vcpu, address - MIDDLE, from - bytesOfPage, bytesOfPage)) {
        break;
      }
      from -= bytesOfPage;
    }
    while (to < bytes.length) {
      int bytesOfPage =
          (int) Math.min(bytes.length - to, PageRange.PAGE_SIZE - offset(address - MIDDLE + to));
      if (!copy(vcpu, address - MIDDLE, to, bytesOfPage)) {
        break;
      }
      to += bytesOfPage;
    }
  }

  private boolean copy(Vcpu vcpu, long base, int at, int length) {
    long gpa = vcpu.translate(base + at);
    if (gpa == Vcpu.UNMAPPED || !memory.contains(gpa, length)) {
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

  byte[] bytes() {
    return bytes;
  }

  /** The first byte that could be read. */
  int from() {
    return from;
  }

  /** One past the last byte that could be read. */
  int to() {
    return to;
  }
}
