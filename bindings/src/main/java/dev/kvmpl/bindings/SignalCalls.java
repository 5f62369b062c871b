// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.call;
import static dev.kvmpl.bindings.NativeCall.captured;
import static dev.kvmpl.bindings.NativeCall.fault;
import static dev.kvmpl.bindings.NativeCall.result;
import static dev.kvmpl.bindings.NativeCall.unexpected;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The calls about signals of the calling thread, for {@link Signal}: as {@link Syscalls}. */
final class SignalCalls {
  private static final MethodHandle PTHREAD_SIGMASK =
      call("pthread_sigmask", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SIGTIMEDWAIT =
      call("sigtimedwait", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));

  private SignalCalls() {}

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
