// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.call;
import static dev.kvmpl.bindings.NativeCall.closing;
import static dev.kvmpl.bindings.NativeCall.fault;
import static dev.kvmpl.bindings.NativeCall.retried;
import static java.lang.foreign.MemorySegment.NULL;

import dev.kvmpl.bindings.libc.Libc;

/** The system calls about mappings of this process, for {@link Mapping}: as {@link Syscalls}. */
final class MemoryCalls {
  private MemoryCalls() {}

  /** mmap(2) of {@code length} bytes from offset 0: the address, or -errno. See {@link Mapping}. */
  static long mmap(long length, int protection, int flags, int fd) {
    int fault = fault("mmap");
    return fault != 0 ? fault : call(Libc.SYS_mmap(), 0, length, protection, flags, fd, 0, NULL);
  }

  /** munmap(2): 0 or -errno. */
  static int munmap(long address, long length) {
    return (int) closing("munmap", Libc.SYS_munmap(), address, length);
  }

  /** mprotect(2): 0 or -errno. See {@link Mapping#protect}. */
  static int mprotect(long address, long length, int protection) {
    return (int) retried("mprotect", Libc.SYS_mprotect(), address, length, protection, NULL);
  }
}
