// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static dev.kvmpl.bindings.NativeCall.once;

import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.MemorySegment;

/** The calls about one thread, for {@link KickSignal} and {@link Affinity}: as {@link Syscalls}. */
final class ThreadCalls {
  private static final int CALLING_THREAD = 0;

  /** The length of the kernel's sigset_t, which is not the C library's. */
  private static final long SIGNAL_SET = Long.BYTES;

  private ThreadCalls() {}

  /** sched_setaffinity(2) of the calling thread: 0 or -errno. */
  static int setAffinity(MemorySegment set) {
    return (int)
        once(
            "sched_setaffinity",
            Libc.SYS_sched_setaffinity(),
            CALLING_THREAD,
            set.byteSize(),
            set.address(),
            set);
  }

  /** sched_getaffinity(2) of the calling thread: how many bytes of the set are known, or -errno. */
  static int getAffinity(MemorySegment set) {
    return (int)
        once(
            "sched_getaffinity",
            Libc.SYS_sched_getaffinity(),
            CALLING_THREAD,
            set.byteSize(),
            set.address(),
            set);
  }

  /**
   * sigprocmask(2) of the calling thread, without the old mask: 0 or -errno.
   *
   * @param set the kernel's sigset_t: 8 bytes
   */
  static int sigmask(int how, MemorySegment set) {
    return (int)
        once("sigprocmask", Libc.SYS_rt_sigprocmask(), how, set.address(), 0, SIGNAL_SET, set);
  }

  /**
   * sigtimedwait(2) without information about the signal: its number, or -errno.
   *
   * @param set the kernel's sigset_t: 8 bytes
   */
  static int sigtimedwait(MemorySegment set, MemorySegment timeout) {
    return (int)
        once(
            "sigtimedwait",
            Libc.SYS_rt_sigtimedwait(),
            set.address(),
            0,
            timeout.address(),
            SIGNAL_SET,
            set);
  }
}
