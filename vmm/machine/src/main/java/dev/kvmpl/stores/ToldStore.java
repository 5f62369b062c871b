// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.processors.GuestCpu;

/**
 * A store as KVM has told of it: in parts of up to 8 bytes that end with a page, each an exit of
 * its own, none of them in memory. Bytes where the level may write are not among them: KVM has put
 * those into memory before the first exit. Does not allocate.
 */
public final class ToldStore {
  /** KVM tells of two pages, and of 32 bytes in each. */
  private static final int PARTS_MAX = 8;

  private final long[] gpas = new long[PARTS_MAX];
  private final int[] lengths = new int[PARTS_MAX];
  private final long[] data = new long[PARTS_MAX];
  private final long[] before = new long[PARTS_MAX];
  private int parts;

  /**
   * Takes a store over, all of it, and finishes the operation.
   *
   * @param first its first exit
   * @return false if something else comes after it, or more than KVM can tell of
   */
  boolean take(GuestCpu cpu, VcpuExit.Mmio first, GuestMemory memory) {
    parts = 0;
    VcpuExit exit = first;
    while (exit instanceof VcpuExit.Mmio mmio && mmio.isWrite() && parts < PARTS_MAX) {
      gpas[parts] = mmio.gpa();
      lengths[parts] = mmio.length();
      data[parts] = mmio.data();
      before[parts] =
          memory.contains(gpas[parts], lengths[parts])
              ? memory.load(gpas[parts], lengths[parts])
              : 0;
      parts++;
      exit = cpu.finish();
    }
    return exit instanceof VcpuExit.Interrupted;
  }

  public int parts() {
    return parts;
  }

  public long gpa(int part) {
    return gpas[part];
  }

  public int length(int part) {
    return lengths[part];
  }

  public long data(int part) {
    return data[part];
  }

  /** What was in memory when the part was told. */
  long before(int part) {
    return before[part];
  }

  /** Bytes of all parts. */
  int bytes() {
    int bytes = 0;
    for (int i = 0; i < parts; i++) {
      bytes += lengths[i];
    }
    return bytes;
  }

  /** How many of its bytes, from the first one on, are in its first page. */
  int bytesInFirstPage() {
    int bytes = lengths[0];
    for (int i = 1; i < parts && gpas[i] % PageRange.PAGE_SIZE != 0; i++) {
      bytes += lengths[i];
    }
    return bytes;
  }

  /** Whether it is in two pages: then it is the whole of what an instruction stores. */
  boolean isInTwoPages() {
    return bytesInFirstPage() != bytes();
  }

  /** Where the bytes are that are in its second page, if it {@link #isInTwoPages}. */
  long secondGpa() {
    int part = 1;
    while (gpas[part] % PageRange.PAGE_SIZE != 0) {
      part++;
    }
    return gpas[part];
  }

  /** Whether it ends or starts with its page, so that a part in the next one may be in memory. */
  boolean touchesPageEnd() {
    return startsPage() || endsPage();
  }

  boolean startsPage() {
    return gpas[0] % PageRange.PAGE_SIZE == 0;
  }

  boolean endsPage() {
    return (gpas[0] + bytesInFirstPage()) % PageRange.PAGE_SIZE == 0;
  }

  /** Puts every part into memory. */
  void store(GuestMemory memory) {
    for (int i = 0; i < parts; i++) {
      memory.store(gpas[i], lengths[i], data[i]);
    }
  }

  /** Whether memory holds what it held when the parts were told. */
  boolean isUnchanged(GuestMemory memory) {
    for (int i = 0; i < parts; i++) {
      if (memory.load(gpas[i], lengths[i]) != before[i]) {
        return false;
      }
    }
    return true;
  }
}
