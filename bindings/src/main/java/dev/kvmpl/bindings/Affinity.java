// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.bindings;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** On which of the host's CPUs the calling thread runs. */
public final class Affinity {
  private static final int CPUS = 1024; // of a cpu_set_t

  private Affinity() {}

  /**
   * Has the calling thread run on one CPU alone from now on.
   *
   * @param cpu 0 to 1023
   * @return false if it may not run there, so that it runs where it did
   */
  public static boolean bindTo(int cpu) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment allowed = allowed(arena);
      MemorySegment wanted = arena.allocate(allowed.byteSize(), Long.BYTES);
      wanted.setAtIndex(JAVA_LONG, cpu / Long.SIZE, word(allowed, cpu) & bit(cpu));
      return ThreadCalls.setAffinity(wanted) == 0; // a set without a CPU is refused
    }
  }

  /**
   * Has the calling thread run on any CPU but one from now on, of those on which it may run.
   *
   * @param cpu 0 to 1023
   * @return false if it may run nowhere else, so that it runs where it did
   */
  public static boolean avoid(int cpu) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment wanted = allowed(arena);
      wanted.setAtIndex(JAVA_LONG, cpu / Long.SIZE, word(wanted, cpu) & ~bit(cpu));
      return ThreadCalls.setAffinity(wanted) == 0;
    }
  }

  /** Where the calling thread may run: a bit each, none if the host does not tell. */
  private static MemorySegment allowed(Arena arena) {
    MemorySegment set = arena.allocate(CPUS / Byte.SIZE, Long.BYTES);
    ThreadCalls.getAffinity(set);
    return set;
  }

  private static long word(MemorySegment set, int cpu) {
    return set.getAtIndex(JAVA_LONG, cpu / Long.SIZE);
  }

  private static long bit(int cpu) {
    return 1L << cpu % Long.SIZE;
  }
}
