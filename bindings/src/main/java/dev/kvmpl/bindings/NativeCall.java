// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.Syscalls.Faults;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;

/** How a system call is made, and its errno read. */
final class NativeCall {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      CAPTURE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  /**
   * syscall(2), through which every call goes: to link one downcall takes milliseconds, and each
   * function of the C library would be one. After the number and six arguments comes the segment
   * that one of these points into: the C library ignores it, and Java keeps it alive for the length
   * of the call.
   */
  private static final MethodHandle SYSCALL =
      // SAFETY: the C library's prototype on x86-64 Linux, long syscall(long, ...).
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG, ADDRESS),
          Linker.Option.captureCallState("errno"),
          Linker.Option.firstVariadicArg(1));

  /** How often at most a call is made: what sends signals all the time must not stop kvmpl. */
  private static final int TRIES = 1000;

  /** One errno per thread; the segment lives as long as somebody can reach it. */
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));

  private static volatile Faults faults = Faults.NONE;

  private NativeCall() {}

  /** See {@link Syscalls#inject}. */
  static void inject(Faults wanted) {
    faults = wanted;
  }

  /**
   * With what a test has this call fail: -errno, or 0.
   *
   * @param name of the manual's page
   */
  static int fault(String name) {
    return -faults.before(name, Faults.NO_REQUEST);
  }

  /**
   * Made once, whatever comes of it.
   *
   * @param name of the manual's page
   * @param number SYS_...
   * @param held what an argument points into, {@link MemorySegment#NULL} if none does
   * @return its value, or -errno
   */
  static long once(String name, long number, long a, long b, long c, MemorySegment held) {
    return once(name, number, a, b, c, 0, held);
  }

  /** The same with one argument more. */
  static long once(String name, long number, long a, long b, long c, long d, MemorySegment held) {
    int fault = fault(name);
    return fault != 0 ? fault : call(number, a, b, c, d, 0, 0, held);
  }

  /** Made again as long as a signal interrupts it. */
  static long retried(String name, long number, long a, long b, long c, MemorySegment held) {
    long result;
    int tries = 0;
    do {
      result = once(name, number, a, b, c, held);
    } while (result == -Libc.EINTR() && ++tries < TRIES);
    return result;
  }

  /** Made even where it fails: it closes something, which is gone in either case. */
  static long closing(String name, long number, long a, long b) {
    int fault = fault(name);
    long result = call(number, a, b, 0, 0, 0, 0, MemorySegment.NULL);
    return fault != 0 ? fault : result;
  }

  /** ioctl(2), made once. */
  static int ioctlOnce(int fd, long request, long argument, MemorySegment held) {
    int fault = -faults.before(fd, request, argument, held);
    return fault != 0 ? fault : (int) call(Libc.SYS_ioctl(), fd, request, argument, 0, 0, 0, held);
  }

  /** ioctl(2), made again as long as a signal interrupts it. */
  static int ioctl(int fd, long request, long argument, MemorySegment held) {
    int result;
    int tries = 0;
    do {
      result = ioctlOnce(fd, request, argument, held);
    } while (result == -Libc.EINTR() && ++tries < TRIES);
    return result;
  }

  /** Whatever the faults say: its value, or -errno. */
  static long call(
      long number, long a, long b, long c, long d, long e, long f, MemorySegment held) {
    MemorySegment captured = CAPTURED.get();
    try {
      long returned = (long) SYSCALL.invokeExact(captured, number, a, b, c, d, e, f, held);
      return returned == -1 ? -captured.get(JAVA_INT, ERRNO) : returned;
    } catch (RuntimeException | Error t) {
      throw t; // a closed arena, a segment of another thread: the caller's mistake; no memory
    } catch (Throwable t) {
      throw new AssertionError("a downcall threw", t);
    }
  }
}
