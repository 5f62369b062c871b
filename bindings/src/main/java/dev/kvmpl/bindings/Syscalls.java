// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.call;
import static dev.kvmpl.bindings.NativeCall.closing;
import static dev.kvmpl.bindings.NativeCall.once;
import static dev.kvmpl.bindings.NativeCall.retried;
import static java.lang.foreign.MemorySegment.NULL;

import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The system calls that kvmpl makes, as section 2 of the manual has them.
 *
 * <p>Every call returns what C returns, or {@code -errno} where C would return -1: one convention
 * for all, and no errno that another call could overwrite. Nothing here allocates after a thread's
 * first call. All methods may be called from any thread.
 *
 * <p>A call that a signal has interrupted has done nothing and is made again, but for those that
 * are there to be interrupted ({@link #run}, and the wait for a signal).
 */
public final class Syscalls {
  /** openat(2)'s folder of a path that begins at none: relative to where the process is. */
  private static final int FROM_HERE = Libc.AT_FDCWD();

  private Syscalls() {}

  /** Makes calls fail that would not fail on this host. */
  @FunctionalInterface
  public interface Faults {
    /** Of the host alone. */
    Faults NONE = (call, request) -> 0;

    /** The request of a call that is no ioctl. */
    long NO_REQUEST = 0;

    /**
     * Asked before every call but gettid, by the thread that makes it.
     *
     * @param call the manual's name of it
     * @param request an ioctl's, else {@link #NO_REQUEST}
     * @return the positive error number with which it fails, 0 to let it be. Only what closes
     *     something is done all the same.
     */
    int before(String call, long request);

    /**
     * The same of an ioctl, where more than its request counts.
     *
     * @param argument a number, or the address of what {@code held} is
     * @param held what it points to, {@link MemorySegment#NULL} if it is a number
     */
    default int before(int fd, long request, long argument, MemorySegment held) {
      return before("ioctl", request);
    }
  }

  /** For tests alone: has calls fail from now on as {@code wanted} says. */
  public static void inject(Faults wanted) {
    NativeCall.inject(wanted);
  }

  /** open(2): a file descriptor, owned by the caller, or -errno. */
  public static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      return (int) retried("open", Libc.SYS_openat(), FROM_HERE, name.address(), flags, name);
    }
  }

  /** close(2): 0 or -errno; the descriptor is gone in either case. */
  public static int close(int fd) {
    return (int) closing("close", Libc.SYS_close(), fd, 0);
  }

  /** ioctl(2) with a number as its argument: at least 0, or -errno. */
  public static int ioctl(int fd, long request, long argument) {
    return NativeCall.ioctl(fd, request, argument, NULL);
  }

  /**
   * ioctl(2) without an argument, which returns when a signal comes, as KVM_RUN does: at least 0,
   * or -errno.
   */
  public static int run(int fd, long request) {
    return NativeCall.ioctlOnce(fd, request, 0, NULL);
  }

  /**
   * ioctl(2) with a pointer as its argument: at least 0, or -errno.
   *
   * @param argument native memory, kept alive for the length of the call
   */
  public static int ioctl(int fd, long request, MemorySegment argument) {
    return NativeCall.ioctl(fd, request, argument.address(), argument);
  }

  /** memfd_create(2): a file descriptor, owned by the caller, or -errno. */
  public static int memfdCreate(String name, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shown = arena.allocateFrom(name);
      return (int)
          retried("memfd_create", Libc.SYS_memfd_create(), shown.address(), flags, 0, shown);
    }
  }

  /** ftruncate(2), to {@code length} bytes: 0 or -errno. */
  public static int ftruncate(int fd, long length) {
    return (int) retried("ftruncate", Libc.SYS_ftruncate(), fd, length, 0, NULL);
  }

  /** eventfd(2): a file descriptor, owned by the caller, or -errno. */
  public static int eventfd(int value, int flags) {
    return (int) once("eventfd", Libc.SYS_eventfd2(), value, flags, 0, NULL);
  }

  /** read(2), as many bytes as {@code into} has at most: how many, or -errno. */
  public static long read(int fd, MemorySegment into) {
    return retried("read", Libc.SYS_read(), fd, into.address(), into.byteSize(), into);
  }

  /** write(2) of all of {@code from} at most: how many bytes, or -errno. */
  public static long write(int fd, MemorySegment from) {
    return retried("write", Libc.SYS_write(), fd, from.address(), from.byteSize(), from);
  }

  /** gettid(2): the calling thread's id in the kernel. */
  public static int gettid() {
    return (int) call(Libc.SYS_gettid(), 0, 0, 0, 0, 0, 0, NULL);
  }

  /** tgkill(2): sends the signal to one thread: 0 or -errno. */
  public static int tgkill(int processId, int threadId, int signal) {
    return (int) once("tgkill", Libc.SYS_tgkill(), processId, threadId, signal, NULL);
  }
}
