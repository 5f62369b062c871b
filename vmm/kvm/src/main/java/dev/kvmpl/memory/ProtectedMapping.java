// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.libc.Libc;

/**
 * A mapping of a {@link GuestMemory} for a VM's slots, in which each page may be accessed or not:
 * KVM_RUN stops with EFAULT where a guest's access is prohibited. At first everything is allowed.
 * The kernel makes a change bind at once, for vCPUs that run, too. Nothing here lets this process
 * get at the bytes: an access that is prohibited would end it.
 *
 * <p>A process can have {@code vm.max_map_count} pieces of memory with different protections.
 */
public final class ProtectedMapping implements AutoCloseable {
  private final Mapping mapping;

  ProtectedMapping(Mapping mapping) {
    this.mapping = mapping;
  }

  /** Where the byte at {@code gpa} is in this process, for KVM's slots. */
  public long hostAddress(long gpa) {
    return mapping.segment().address() + gpa;
  }

  /**
   * Says what may be done with {@code [gpa, gpa + length)}, in whole pages. Does not allocate.
   *
   * @throws dev.kvmpl.bindings.SyscallException if mprotect(2) fails
   */
  public void protect(long gpa, long length, boolean readable, boolean writable) {
    mapping.protect(
        gpa, length, (readable ? Libc.PROT_READ() : 0) | (writable ? Libc.PROT_WRITE() : 0));
  }

  /** Unmaps it; it must be in no slot any more. */
  @Override
  public void close() {
    mapping.close();
  }
}
