// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The signal that makes a blocking KVM_RUN return EINTR. A thread blocks it, KVM_RUN unblocks it
 * for as long as the guest runs (KVM_SET_SIGNAL_MASK), so it never needs a handler: it stays
 * pending until {@link #consume}.
 */
public final class KickSignal {
  /** A real-time signal in the middle of the range, where neither glibc nor the JVM has any. */
  private static final int NUMBER = 44;

  /** sizeof(sigset_t) of the C library. */
  private static final long SET_BYTES = 128;

  private static final MemorySegment SET = Arena.global().allocate(SET_BYTES, Long.BYTES);
  private static final MemorySegment NO_WAIT = Arena.global().allocate(2 * Long.BYTES, Long.BYTES);

  static {
    SET.set(JAVA_LONG, 0, bit());
  }

  private KickSignal() {}

  /** Blocks the signal on the calling thread; has to come before anybody may send it there. */
  public static void block() {
    SyscallException.check(
        Syscalls.sigmask(Libc.SIG_BLOCK(), SET), "pthread_sigmask", "SIG_BLOCK " + NUMBER);
  }

  /** Takes a pending signal of the calling thread away, if there is one. */
  public static void consume() {
    // EAGAIN: none was pending. Nothing else can go wrong with these arguments.
    Syscalls.sigtimedwait(SET, NO_WAIT);
  }

  /**
   * Sends it to a thread of this process, which must be alive and have it blocked.
   *
   * @param threadId from {@link Syscalls#gettid} on that thread
   */
  public static void send(int threadId) {
    int processId = Math.toIntExact(ProcessHandle.current().pid());
    SyscallException.check(
        Syscalls.tgkill(processId, threadId, NUMBER), "tgkill", threadId + ", " + NUMBER);
  }

  /**
   * The argument of KVM_SET_SIGNAL_MASK: while the guest runs this signal alone is let through.
   *
   * @return struct kvm_signal_mask: the length in bytes, then the kernel's 8-byte set
   */
  public static MemorySegment runMask(Arena arena) {
    MemorySegment mask = arena.allocate(JAVA_INT.byteSize() + JAVA_LONG.byteSize(), Long.BYTES);
    mask.set(JAVA_INT, 0, Long.BYTES);
    mask.set(JAVA_LONG.withByteAlignment(1), JAVA_INT.byteSize(), ~bit());
    return mask;
  }

  private static long bit() {
    return 1L << (NUMBER - 1);
  }
}
