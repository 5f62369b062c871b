// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.script;

import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;

/** Page tables by which virtual is physical, in pages of 1 GiB. */
final class IdentityTables {
  private static final long PRESENT = 1;
  private static final long WRITABLE = 1 << 1;
  private static final long LARGE = 1 << 7;
  private static final int GIBIBYTES = 4;

  private IdentityTables() {}

  /** Writes the two tables at {@code pml4} and in the page behind it. */
  static void write(GuestMemory memory, long pml4) {
    long pdpt = pml4 + PageRange.PAGE_SIZE;
    memory.putLong(pml4, pdpt | PRESENT | WRITABLE);
    for (long i = 0; i < GIBIBYTES; i++) {
      memory.putLong(pdpt + i * Long.BYTES, i << 30 | LARGE | PRESENT | WRITABLE);
    }
  }
}
