// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Which CPU a thread runs on. */
public final class Affinity {
  private static final int BYTES = 128; // a bit a CPU, 1024 of them: the C library's cpu_set_t

  private Affinity() {}

  /** Lets the calling thread run on this CPU alone (sched_setaffinity(2)). */
  // SAFETY: the function has this signature on every Linux, and keeps nothing of the set.
  @SuppressWarnings("restricted")
  public static void runOn(int cpu) {
    Linker linker = Linker.nativeLinker();
    MethodHandle call =
        linker.downcallHandle(
            linker.defaultLookup().findOrThrow("sched_setaffinity"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment set = scratch.allocate(BYTES, Long.BYTES);
      set.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << cpu % Long.SIZE);
      if ((int) call.invokeExact(0, (long) BYTES, set) != 0) {
        throw new IllegalStateException("the kernel does not let this thread run on CPU " + cpu);
      }
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
