// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kvmpl.bindings.libc.Libc;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The signal that makes a blocking KVM_RUN return EINTR: SIGURG. A thread blocks it, KVM_RUN
 * unblocks it for as long as the guest runs (KVM_SET_SIGNAL_MASK), so it never needs a handler: it
 * stays pending until {@link #drain}.
 *
 * <p>Why SIGURG. By default it is ignored (signal(7)), so one that is left over when its thread
 * ends kills nobody. It is no real-time signal: several that are sent to one thread are one, and
 * sending needs no room in the user's queue (RLIMIT_SIGPENDING), so it does not fail. Neither the C
 * library nor the JVM uses it. (While it is blocked, or KVM_RUN has it unblocked for a thread that
 * blocks it, Linux keeps an ignored signal pending all the same.)
 *
 * <p>A process that has a use of its own for SIGURG can keep it: it is sent to vCPU threads alone
 * and never handled there, and nothing is changed for other threads or for the process. But one
 * that comes for the whole process while a guest runs may go to that guest's thread, and be taken
 * for a kick. As with any signal of its kind, two can then be one.
 *
 * <p>The JVM's own signals are blocked while a guest runs and wait until it leaves. None of them
 * needs an answer before: a thread in a native call is at a safepoint already, a sampler gives up
 * on a thread that does not answer, and signals for the process go to other threads.
 */
public final class KickSignal {
  private static final int NUMBER = Libc.SIGURG();

  private static final MemorySegment SET = Arena.global().allocate(JAVA_LONG);
  private static final MemorySegment NO_WAIT = Arena.global().allocate(2 * Long.BYTES, Long.BYTES);

  static {
    SET.set(JAVA_LONG, 0, bit());
  }

  private KickSignal() {}

  /** Blocks the signal on the calling thread; has to come before anybody may send it there. */
  public static void block() {
    SyscallException.check(
        ThreadCalls.sigmask(Libc.SIG_BLOCK(), SET), "sigprocmask", "SIG_BLOCK " + NUMBER);
  }

  /**
   * Takes what is pending on the calling thread away. Whoever wants to be noticed by a kick says so
   * before it sends one, and is looked for after this: then none gets lost.
   */
  public static void drain() {
    while (ThreadCalls.sigtimedwait(SET, NO_WAIT) == NUMBER) {
      // One may have come for this thread, and one for the process.
    }
    // EAGAIN: none is pending. Nothing else can go wrong with these arguments.
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
