// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.call;
import static dev.kvmpl.bindings.NativeCall.captured;
import static dev.kvmpl.bindings.NativeCall.fault;
import static dev.kvmpl.bindings.NativeCall.result;
import static dev.kvmpl.bindings.NativeCall.unexpected;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The calls about one thread, for {@link KickSignal} and {@link Affinity}: as {@link Syscalls}. */
final class ThreadCalls {
  private static final MethodHandle PTHREAD_SIGMASK =
      call("pthread_sigmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SIGTIMEDWAIT =
      call("sigtimedwait", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));

  private static final MethodHandle SCHED_SETAFFINITY =
      call("sched_setaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));
  private static final MethodHandle SCHED_GETAFFINITY =
      call("sched_getaffinity", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS));

  private ThreadCalls() {}

  /** sched_setaffinity(2): 0 or -errno. */
  static int setAffinity(int threadId, MemorySegment set) {
    MemorySegment captured = captured();
    try {
      int fault = fault("sched_setaffinity");
      return fault != 0
          ? fault
          : result(
              (int) SCHED_SETAFFINITY.invokeExact(captured, threadId, set.byteSize(), set),
              captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** sched_getaffinity(2) into {@code set}: 0 or -errno. */
  static int getAffinity(int threadId, MemorySegment set) {
    MemorySegment captured = captured();
    try {
      int fault = fault("sched_getaffinity");
      return fault != 0
          ? fault
          : result(
              (int) SCHED_GETAFFINITY.invokeExact(captured, threadId, set.byteSize(), set),
              captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** pthread_sigmask(3) of the calling thread, without the old mask: 0 or -errno. */
  static int sigmask(int how, MemorySegment set) {
    MemorySegment captured = captured();
    try {
      int fault = fault("pthread_sigmask");
      // The one call here that returns the error number itself.
      return fault != 0
          ? fault
          : -(int) PTHREAD_SIGMASK.invokeExact(captured, how, set, MemorySegment.NULL);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** sigtimedwait(2) without information about the signal: its number, or -errno. */
  static int sigtimedwait(MemorySegment set, MemorySegment timeout) {
    MemorySegment captured = captured();
    try {
      int fault = fault("sigtimedwait");
      return fault != 0
          ? fault
          : result(
              (int) SIGTIMEDWAIT.invokeExact(captured, set, MemorySegment.NULL, timeout), captured);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }
}
