// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.bindings.kvm.kvm_create_guest_memfd;
import dev.kvmpl.kvm.fd.KvmFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Memory that a VM's guests have and this process cannot map: private memory
 * (KVM_CREATE_GUEST_MEMFD, api.rst 4.142; KVM_CAP_GUEST_MEMFD, Linux 6.8). It is bound to its VM.
 */
public final class GuestMemfd implements AutoCloseable {
  private final KvmFd fd;
  private final long size;

  private GuestMemfd(KvmFd fd, long size) {
    this.fd = fd;
    this.size = size;
  }

  /**
   * Makes some, owned by the caller.
   *
   * @param vm a VM's file descriptor
   * @param size bytes, a multiple of the page size
   * @param flags 0, or what later kernels have
   */
  public static GuestMemfd create(KvmFd vm, long size, long flags) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment create = kvm_create_guest_memfd.allocate(scratch);
      kvm_create_guest_memfd.size(create, size);
      kvm_create_guest_memfd.flags(create, flags);
      int fd =
          check(
              vm.unsafeIoctl(Kvm.KVM_CREATE_GUEST_MEMFD(), create),
              "KVM_CREATE_GUEST_MEMFD",
              size + " bytes, flags " + flags);
      return new GuestMemfd(new KvmFd(fd, "guest_memfd"), size);
    }
  }

  /** Bytes. */
  public long size() {
    return size;
  }

  /** The descriptor's number, for as long as it is open. */
  public int number() {
    return fd.number();
  }

  /** Closes the descriptor; slots keep the memory. */
  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return fd + ", " + size + " bytes";
  }
}
