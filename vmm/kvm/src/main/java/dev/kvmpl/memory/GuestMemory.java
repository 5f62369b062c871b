// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.memory;

import static dev.kvmpl.bindings.SyscallException.check;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A machine's physical memory: one memfd, zeroed, taken from the host page by page as it is
 * touched. Addresses are guest-physical. May be used from any thread; what the guests write at the
 * same time may be seen or not.
 */
public final class GuestMemory implements AutoCloseable {
  private static final VarHandle WORD = JAVA_LONG.varHandle();

  private final int fd;
  private final Mapping mapping;
  private final MemorySegment bytes;

  /** The owner, until it closes, and each VM. */
  private final AtomicInteger users = new AtomicInteger(1);

  private final AtomicBoolean closed = new AtomicBoolean();

  private GuestMemory(int fd, Mapping mapping) {
    this.fd = fd;
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
      return new GuestMemory(fd, Mapping.of(fd, size, Libc.MAP_NORESERVE()));
    } catch (RuntimeException | Error e) {
      Syscalls.close(fd);
      throw e;
    }
  }

  /**
   * Maps the same memory again, with protections of its own.
   *
   * @return owned by the caller, to be closed before this
   */
  public ProtectedMapping protectedMapping() {
    return new ProtectedMapping(Mapping.of(fd, size(), Libc.MAP_NORESERVE()));
  }

  /** Bytes. */
  public long size() {
    return bytes.byteSize();
  }

  /**
   * Where the byte at {@code gpa} is in this process. It says nothing about what is behind it, or
   * for how long: {@link dev.kvmpl.kvm.Vm#setSlot} does without it.
   */
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

  public void putByte(long gpa, byte value) {
    bytes.set(JAVA_BYTE, gpa, value);
  }

  public void putShort(long gpa, short value) {
    bytes.set(JAVA_SHORT_UNALIGNED, gpa, value);
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

  /**
   * Stores the low {@code length} bytes, 1 to 8, of {@code data}, little-endian; at once where
   * their address is a multiple of 2, 4 or 8 of them, as a CPU does it.
   */
  public void store(long gpa, int length, long data) {
    switch (length) {
      case Long.BYTES -> putLong(gpa, data);
      case Integer.BYTES -> putInt(gpa, (int) data);
      case Short.BYTES -> bytes.set(JAVA_SHORT_UNALIGNED, gpa, (short) data);
      default -> {
        for (int i = 0; i < length; i++) {
          bytes.set(JAVA_BYTE, gpa + i, (byte) (data >>> (i * 8)));
        }
      }
    }
  }

  /** Whether {@link #replace} can do these bytes: they are in one aligned word of 8. */
  public static boolean isReplaceable(long gpa, int length) {
    return gpa % Long.BYTES + length <= Long.BYTES;
  }

  /**
   * Stores if the bytes are as expected, and lets nothing come between, not even what guests store.
   * Does not allocate.
   *
   * @param gpa of {@code length} bytes that are {@link #isReplaceable}
   * @return whether they were as expected
   */
  public boolean replace(long gpa, int length, long expected, long data) {
    long word = gpa & -Long.BYTES;
    int shift = (int) (gpa - word) * Byte.SIZE;
    long mask = (length == Long.BYTES ? -1 : (1L << (length * Byte.SIZE)) - 1) << shift;
    long now = (long) WORD.getVolatile(bytes, word);
    while ((now & mask) == (expected << shift & mask)) {
      long next = (now & ~mask) | (data << shift & mask);
      long seen = (long) WORD.compareAndExchange(bytes, word, now, next);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
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

  /**
   * Keeps the memory mapped even if it is closed. Whoever lets a guest reach it calls this before,
   * and {@link #release} when no guest can any more; {@link dev.kvmpl.kvm.Vm} does.
   *
   * @throws IllegalStateException if it is not mapped any more
   */
  public void retain() {
    if (users.getAndUpdate(now -> now == 0 ? 0 : now + 1) == 0) {
      throw new IllegalStateException("guest memory is closed");
    }
  }

  /** Ends what one {@link #retain} began. */
  public void release() {
    if (users.decrementAndGet() == 0) {
      try {
        mapping.close();
      } finally {
        Syscalls.close(fd);
      }
    }
  }

  /**
   * Unmaps the memory, but not while a VM that has had it in a slot, or a vCPU of such a VM, is
   * open: guests would reach whatever came to be there. Then it is unmapped when the last of them
   * closes.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      release();
    }
  }
}
