// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.again;
import static dev.kvmpl.bindings.NativeCall.call;
import static dev.kvmpl.bindings.NativeCall.captured;
import static dev.kvmpl.bindings.NativeCall.fault;
import static dev.kvmpl.bindings.NativeCall.result;
import static dev.kvmpl.bindings.NativeCall.unexpected;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The system calls about mappings of this process, for {@link Mapping}: as {@link Syscalls}. */
final class MemoryCalls {
  private static final MethodHandle MMAP =
      call(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      call("munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle MPROTECT =
      call("mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));

  private MemoryCalls() {}

  /** mmap(2) of {@code length} bytes from offset 0: the address, or -errno. See {@link Mapping}. */
  static long mmap(long length, int protection, int flags, int fd) {
    MemorySegment captured = captured();
    try {
      int fault = fault("mmap");
      if (fault != 0) {
        return fault;
      }
      return result(
          (long) MMAP.invokeExact(captured, 0L, length, protection, flags, fd, 0L), captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** munmap(2): 0 or -errno. */
  static int munmap(long address, long length) {
    MemorySegment captured = captured();
    try {
      int fault = fault("munmap");
      int result = result((int) MUNMAP.invokeExact(captured, address, length), captured);
      return fault != 0 ? fault : result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** mprotect(2): 0 or -errno. See {@link Mapping#protect}. */
  static int mprotect(long address, long length, int protection) {
    MemorySegment captured = captured();
    try {
      int result;
      int tries = 0;
      do {
        int fault = fault("mprotect");
        result =
            fault != 0
                ? fault
                : result(
                    (int) MPROTECT.invokeExact(captured, address, length, protection), captured);
      } while (again(result, ++tries));
      return result;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }
}
