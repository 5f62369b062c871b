// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import dev.kvmpl.bindings.Syscalls.Faults;
import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** How a function of the C library is linked and called, and its errno read. */
final class NativeCall {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /** How often at most a call is made: what sends signals all the time must not stop kvmpl. */
  static final int TRIES = 1000;

  /** One errno per thread; the segment lives as long as somebody can reach it. */
  private static final ThreadLocal<MemorySegment> CAPTURED =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));

  private static volatile Faults faults = Faults.NONE;

  private NativeCall() {}

  /** See {@link Syscalls#inject}. */
  static void inject(Faults wanted) {
    faults = wanted;
  }

  /** Where the calling thread's calls leave errno. */
  static MemorySegment captured() {
    return CAPTURED.get();
  }

  static int fault(String call) {
    return fault(call, Faults.NO_REQUEST);
  }

  static int fault(String call, long request) {
    return -faults.before(call, request);
  }

  static boolean again(int result, int tries) {
    return result == -Libc.EINTR() && tries < TRIES;
  }

  /** What a call that returns a long has come to: its value, or -errno. */
  static long result(long returned, MemorySegment captured) {
    return returned == -1 ? -(int) ERRNO.get(captured, 0L) : returned;
  }

  static int result(int returned, MemorySegment captured) {
    return returned == -1 ? -(int) ERRNO.get(captured, 0L) : returned;
  }

  static MethodHandle call(String name, FunctionDescriptor type) {
    return link(name, type, Linker.Option.captureCallState("errno"));
  }

  static MethodHandle variadic(String name, int fixed, FunctionDescriptor type) {
    return link(
        name, type, Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(fixed));
  }

  private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
    // SAFETY: every descriptor is one of the C library's prototypes on x86-64 Linux.
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
  }

  static AssertionError unexpected(Throwable t) {
    if (t instanceof RuntimeException e) {
      throw e; // a closed arena, a segment of another thread: the caller's mistake
    }
    if (t instanceof Error e) {
      throw e; // no memory
    }
    return new AssertionError("a downcall threw", t);
  }
}
