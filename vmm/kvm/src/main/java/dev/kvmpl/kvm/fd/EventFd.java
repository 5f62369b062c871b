// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.fd;

import static dev.kvmpl.bindings.SyscallException.check;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A counter of the kernel's (eventfd(2)) by which KVM and this process tell each other of events.
 * May be used from any thread.
 */
public final class EventFd implements AutoCloseable {
  private final KvmFd fd;

  /** A counter at 0, owned by the caller. */
  public EventFd() {
    fd =
        new KvmFd(
            check(Syscalls.eventfd(0, Libc.EFD_CLOEXEC() | Libc.EFD_NONBLOCK()), "eventfd", ""),
            "eventfd");
  }

  /** The descriptor's number, for as long as it is open. */
  public int number() {
    return fd.number();
  }

  /**
   * Adds to the counter.
   *
   * @param events at least 1
   */
  public void signal(long events) {
    try (Arena scratch = Arena.ofConfined()) {
      long result = Syscalls.write(number(), scratch.allocateFrom(ValueLayout.JAVA_LONG, events));
      check((int) result, "write", "eventfd, " + events);
    }
  }

  /** Takes all that has been counted since the last time; 0 if nothing has. Does not wait. */
  public long take() {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment counter = scratch.allocate(ValueLayout.JAVA_LONG);
      long result = Syscalls.read(number(), counter);
      if (result == -Libc.EAGAIN()) {
        return 0;
      }
      if (result < 0) {
        throw new SyscallException("read", "eventfd", (int) -result);
      }
      return counter.get(ValueLayout.JAVA_LONG, 0);
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return fd.toString();
  }
}
