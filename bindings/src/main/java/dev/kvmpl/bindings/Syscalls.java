// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.again;
import static dev.kvmpl.bindings.NativeCall.call;
import static dev.kvmpl.bindings.NativeCall.captured;
import static dev.kvmpl.bindings.NativeCall.fault;
import static dev.kvmpl.bindings.NativeCall.result;
import static dev.kvmpl.bindings.NativeCall.unexpected;
import static dev.kvmpl.bindings.NativeCall.variadic;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The system calls that kvmpl makes, in the C library's form.
 *
 * <p>Every call returns what C returns, or {@code -errno} where C would return -1: one convention
 * for all, and no errno that another call could overwrite. Nothing here allocates after a thread's
 * first call. All methods may be called from any thread.
 *
 * <p>A call that a signal has interrupted has done nothing and is made again, but for those that
 * are there to be interrupted ({@link #run}, and the wait for a signal).
 */
public final class Syscalls {
  private static final MethodHandle OPEN =
      variadic("open", 2, FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle IOCTL =
      variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle IOCTL_POINTER =
      variadic("ioctl", 2, FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle MEMFD_CREATE =
      call("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle FTRUNCATE =
      call("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle EVENTFD =
      call("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle READ =
      call("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      call("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle GETTID = call("gettid", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle TGKILL =
      call("tgkill", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));

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
     * @param call its name in the C library
     * @param request an ioctl's, else {@link #NO_REQUEST}
     * @return the positive error number with which it fails, 0 to let it be. Only what closes
     *     something is done all the same.
     */
    int before(String call, long request);
  }

  /** For tests alone: has calls fail from now on as {@code wanted} says. */
  public static void inject(Faults wanted) {
    NativeCall.inject(wanted);
  }

  /** open(2): a file descriptor, owned by the caller, or -errno. */
  public static int open(String path, int flags) {
    MemorySegment captured = captured();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      int result;
      int tries = 0;
      do {
        int fault = fault("open");
        result =
            fault != 0 ? fault : result((int) OPEN.invokeExact(captured, name, flags), captured);
      } while (again(result, ++tries));
      return result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** close(2): 0 or -errno; the descriptor is gone in either case. */
  public static int close(int fd) {
    MemorySegment captured = captured();
    try {
      int fault = fault("close");
      int result = result((int) CLOSE.invokeExact(captured, fd), captured);
      return fault != 0 ? fault : result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** ioctl(2) with a number as its argument: at least 0, or -errno. */
  public static int ioctl(int fd, long request, long argument) {
    int result;
    int tries = 0;
    do {
      result = ioctlOnce(fd, request, argument);
    } while (again(result, ++tries));
    return result;
  }

  /**
   * ioctl(2) without an argument, which returns when a signal comes, as KVM_RUN does: at least 0,
   * or -errno.
   */
  public static int run(int fd, long request) {
    return ioctlOnce(fd, request, 0);
  }

  private static int ioctlOnce(int fd, long request, long argument) {
    MemorySegment captured = captured();
    try {
      int fault = fault("ioctl", request);
      return fault != 0
          ? fault
          : result((int) IOCTL.invokeExact(captured, fd, request, argument), captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * ioctl(2) with a pointer as its argument: at least 0, or -errno.
   *
   * @param argument native memory, kept alive for the length of the call
   */
  public static int ioctl(int fd, long request, MemorySegment argument) {
    MemorySegment captured = captured();
    try {
      int result;
      int tries = 0;
      do {
        int fault = fault("ioctl", request);
        result =
            fault != 0
                ? fault
                : result(
                    (int) IOCTL_POINTER.invokeExact(captured, fd, request, argument), captured);
      } while (again(result, ++tries));
      return result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** memfd_create(2): a file descriptor, owned by the caller, or -errno. */
  public static int memfdCreate(String name, int flags) {
    MemorySegment captured = captured();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment shown = arena.allocateFrom(name);
      int result;
      int tries = 0;
      do {
        int fault = fault("memfd_create");
        result =
            fault != 0
                ? fault
                : result((int) MEMFD_CREATE.invokeExact(captured, shown, flags), captured);
      } while (again(result, ++tries));
      return result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** ftruncate(2), to {@code length} bytes: 0 or -errno. */
  public static int ftruncate(int fd, long length) {
    MemorySegment captured = captured();
    try {
      int result;
      int tries = 0;
      do {
        int fault = fault("ftruncate");
        result =
            fault != 0
                ? fault
                : result((int) FTRUNCATE.invokeExact(captured, fd, length), captured);
      } while (again(result, ++tries));
      return result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** eventfd(2): a file descriptor, owned by the caller, or -errno. */
  public static int eventfd(int value, int flags) {
    MemorySegment captured = captured();
    try {
      int fault = fault("eventfd");
      return fault != 0
          ? fault
          : result((int) EVENTFD.invokeExact(captured, value, flags), captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** read(2), as many bytes as {@code into} has at most: how many, or -errno. */
  public static long read(int fd, MemorySegment into) {
    return transfer("read", READ, fd, into);
  }

  /** write(2) of all of {@code from} at most: how many bytes, or -errno. */
  public static long write(int fd, MemorySegment from) {
    return transfer("write", WRITE, fd, from);
  }

  private static long transfer(String call, MethodHandle handle, int fd, MemorySegment bytes) {
    MemorySegment captured = captured();
    try {
      long result;
      int tries = 0;
      do {
        int fault = fault(call);
        if (fault != 0) {
          result = fault;
        } else {
          result =
              result((long) handle.invokeExact(captured, fd, bytes, bytes.byteSize()), captured);
        }
      } while (result == -Libc.EINTR() && ++tries < NativeCall.TRIES);
      return result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** gettid(2): the calling thread's id in the kernel. */
  public static int gettid() {
    MemorySegment captured = captured();
    try {
      return (int) GETTID.invokeExact(captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** tgkill(2): sends the signal to one thread: 0 or -errno. */
  public static int tgkill(int processId, int threadId, int signal) {
    MemorySegment captured = captured();
    try {
      int fault = fault("tgkill");
      return fault != 0
          ? fault
          : result((int) TGKILL.invokeExact(captured, processId, threadId, signal), captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }
}
