// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import static dev.kvmpl.bindings.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.MemorySegment;

/**
 * A machine's physical memory: one memfd, zeroed, taken from the host page by page as it is
 * touched. Addresses are guest-physical. May be used from any thread; what the guests write at the
 * same time may be seen or not.
 */
public final class GuestMemory implements AutoCloseable {
  private final Mapping mapping;
  private final MemorySegment bytes;

  private GuestMemory(Mapping mapping) {
    this.mapping = mapping;
    this.bytes = mapping.segment();
  }

  /**
   * Allocates memory, owned by the caller.
   *
   * @param size bytes, a multiple of the page size
   */
  public static GuestMemory allocate(long size) {
    int fd = check(Syscalls.memfdCreate("kvmpl", Libc.MFD_CLOEXEC()), "memfd_create", "kvmpl");
    try {
      check(Syscalls.ftruncate(fd, size), "ftruncate", size + " bytes");
      return new GuestMemory(Mapping.of(fd, size, Libc.MAP_NORESERVE()));
    } finally {
      Syscalls.close(fd); // the mapping keeps the memory
    }
  }

  /** Bytes. */
  public long size() {
    return bytes.byteSize();
  }

  /** Where the byte at {@code gpa} is in this process, for KVM's slots. */
  public long hostAddress(long gpa) {
    return bytes.address() + gpa;
  }

  /** Whether all of {@code [gpa, gpa + length)} is memory. */
  public boolean contains(long gpa, long length) {
    return gpa >= 0 && length >= 0 && gpa <= size() - length;
  }

  /** A view of {@code length} bytes at {@code gpa}. */
  public MemorySegment slice(long gpa, long length) {
    return bytes.asSlice(gpa, length);
  }

  public byte getByte(long gpa) {
    return bytes.get(JAVA_BYTE, gpa);
  }

  public int getInt(long gpa) {
    return bytes.get(JAVA_INT_UNALIGNED, gpa);
  }

  public void putInt(long gpa, int value) {
    bytes.set(JAVA_INT_UNALIGNED, gpa, value);
  }

  public long getLong(long gpa) {
    return bytes.get(JAVA_LONG_UNALIGNED, gpa);
  }

  public void putLong(long gpa, long value) {
    bytes.set(JAVA_LONG_UNALIGNED, gpa, value);
  }

  /** Stores the low {@code length} bytes, 1 to 8, of {@code data}, little-endian. */
  public void store(long gpa, int length, long data) {
    if (length == Long.BYTES) {
      putLong(gpa, data);
      return;
    }
    for (int i = 0; i < length; i++) {
      bytes.set(JAVA_BYTE, gpa + i, (byte) (data >>> (i * 8)));
    }
  }

  /** The {@code length} bytes, 1 to 8, at {@code gpa}, little-endian, zero above. */
  public long load(long gpa, int length) {
    if (length == Long.BYTES) {
      return getLong(gpa);
    }
    long data = 0;
    for (int i = 0; i < length; i++) {
      data |= (long) Byte.toUnsignedInt(bytes.get(JAVA_BYTE, gpa + i)) << (i * 8);
    }
    return data;
  }

  /** A copy of {@code length} bytes at {@code gpa}. */
  public byte[] read(long gpa, int length) {
    return bytes.asSlice(gpa, length).toArray(JAVA_BYTE);
  }

  /** Copies {@code data} to {@code gpa}. */
  public void write(long gpa, byte[] data) {
    MemorySegment.copy(MemorySegment.ofArray(data), 0, bytes, gpa, data.length);
  }

  /** Unmaps the memory, which must be in no slot any more. */
  @Override
  public void close() {
    mapping.close();
  }
}
