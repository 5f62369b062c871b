// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** On which of the host's CPUs the calling thread runs. */
public final class Affinity {
  private static final int CPUS = 1024; // of a cpu_set_t
  private static final int CALLING_THREAD = 0;

  private Affinity() {}

  /**
   * Has the calling thread run on one CPU alone from now on.
   *
   * @param cpu 0 to 1023
   * @return false if the host does not let it, so that it runs where it did
   */
  public static boolean bindTo(int cpu) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment set = arena.allocate(CPUS / Byte.SIZE, Long.BYTES);
      set.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << cpu % Long.SIZE);
      return ThreadCalls.setAffinity(CALLING_THREAD, set) == 0;
    }
  }
}
