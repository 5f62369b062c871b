// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A shared mapping of a file descriptor, from its first byte on: readable and writable, unless
 * {@link #protect} says otherwise. The owner closes it; any thread may use it until then.
 */
public final class Mapping implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final MemorySegment segment;

  private Mapping(long address, long length) {
    // SAFETY: mmap has just returned these bytes, and nothing but close() unmaps them. The arena is
    // closed first, so no access can come after.
    segment = MemorySegment.ofAddress(address).reinterpret(length, arena, null);
  }

  /**
   * Maps {@code length} bytes.
   *
   * @param flags added to MAP_SHARED
   * @throws SyscallException if mmap(2) fails
   */
  public static Mapping of(int fd, long length, int flags) {
    long address =
        MemoryCalls.mmap(
            length, Libc.PROT_READ() | Libc.PROT_WRITE(), Libc.MAP_SHARED() | flags, fd);
    if (address < 0) {
      throw new SyscallException("mmap", "fd " + fd + ", " + length + " bytes", (int) -address);
    }
    return new Mapping(address, length);
  }

  /** The mapped bytes. After {@link #close} every access throws {@link IllegalStateException}. */
  public MemorySegment segment() {
    return segment;
  }

  /**
   * mprotect(2): says how bytes of it may be accessed from now on, by whoever goes through this
   * mapping: {@link #segment}, whose accesses are not checked, must not be used for what is
   * prohibited. Does not allocate.
   *
   * @param offset of the first byte, in whole pages
   * @param length bytes, in whole pages
   * @param protection of PROT_READ and PROT_WRITE, 0 for neither
   * @throws SyscallException if mprotect(2) fails, with ENOMEM if there would be more pieces than
   *     {@code vm.max_map_count}
   */
  public void protect(long offset, long length, int protection) {
    if (offset < 0 || length < 0 || offset > segment.byteSize() - length) {
      throw new IllegalArgumentException("not of this mapping");
    }
    int result = MemoryCalls.mprotect(segment.address() + offset, length, protection);
    if (result < 0) { // part of every round trip: the message is made only now
      throw new SyscallException(
          "mprotect", "offset " + offset + ", " + length + " bytes: " + protection, -result);
    }
  }

  /**
   * Unmaps the bytes; a second time does nothing.
   *
   * @throws SyscallException if munmap(2) fails: the bytes stay mapped
   */
  @Override
  public void close() {
    if (!arena.scope().isAlive()) {
      return;
    }
    long address = segment.address();
    arena.close();
    SyscallException.check(
        MemoryCalls.munmap(address, segment.byteSize()), "munmap", segment.byteSize() + " bytes");
  }
}
