// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_clear_dirty_log;
import dev.kvmpl.bindings.kvm.kvm_dirty_log;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;

/** Which pages of a slot guests have written. {@link dev.kvmpl.kvm.Vm} knows the slots' sizes. */
public final class DirtyLog {
  private DirtyLog() {}

  /**
   * Takes what has been written since the last time (KVM_GET_DIRTY_LOG, api.rst 4.8). With
   * KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 it is only told, and {@link #clear} takes it.
   *
   * @param pages how many the slot has: KVM fills in a bit for each
   * @return a bit a page of the slot
   */
  public static BitSet get(KvmFd vm, int slot, long pages) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment bits = bitmap(pages, scratch);
      MemorySegment log = kvm_dirty_log.allocate(scratch);
      kvm_dirty_log.slot(log, slot);
      kvm_dirty_log.dirty_bitmap(log, bits);
      check(
          vm.unsafeIoctl(Kvm.KVM_GET_DIRTY_LOG(), log),
          "KVM_GET_DIRTY_LOG",
          "slot " + slot + ", " + pages + " pages");
      return BitSet.valueOf(bits.toArray(ValueLayout.JAVA_LONG));
    }
  }

  /**
   * Has KVM log writes to these pages anew (KVM_CLEAR_DIRTY_LOG, api.rst 4.117).
   *
   * @param firstPage a multiple of 64
   * @param pages how many from there on: a multiple of 64, or up to the slot's end
   * @param cleared a bit a page, from {@code firstPage} on
   */
  public static void clear(KvmFd vm, int slot, long firstPage, int pages, BitSet cleared) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment bits = bitmap(pages, scratch);
      long[] words = cleared.get(0, pages).toLongArray();
      MemorySegment.copy(words, 0, bits, ValueLayout.JAVA_LONG, 0, words.length);
      MemorySegment log = kvm_clear_dirty_log.allocate(scratch);
      kvm_clear_dirty_log.slot(log, slot);
      kvm_clear_dirty_log.first_page(log, firstPage);
      kvm_clear_dirty_log.num_pages(log, pages);
      kvm_clear_dirty_log.dirty_bitmap(log, bits);
      check(
          vm.unsafeIoctl(Kvm.KVM_CLEAR_DIRTY_LOG(), log),
          "KVM_CLEAR_DIRTY_LOG",
          "slot " + slot + ", page " + firstPage + ", " + pages + " pages");
    }
  }

  private static MemorySegment bitmap(long pages, Arena arena) {
    return arena.allocate(Math.ceilDiv(pages, Long.SIZE) * Long.BYTES, Long.BYTES);
  }
}
