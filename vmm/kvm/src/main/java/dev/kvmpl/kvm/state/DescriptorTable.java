// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.state;

import dev.kvmpl.bindings.kvm.kvm_dtable;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** GDTR or IDTR (struct kvm_dtable): a view, as {@link Segment} is. */
public final class DescriptorTable {
  private final MemorySegment table;

  DescriptorTable(MemorySegment table) {
    this.table = table;
  }

  /** The first byte's linear address. */
  public long base() {
    return kvm_dtable.base(table);
  }

  public void base(long value) {
    kvm_dtable.base(table, value);
  }

  /** The last byte's offset; 16 bits. */
  public int limit() {
    return Short.toUnsignedInt(kvm_dtable.limit(table));
  }

  public void limit(int value) {
    kvm_dtable.limit(table, (short) value);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "base=%#x limit=%#x", base(), limit());
  }
}
