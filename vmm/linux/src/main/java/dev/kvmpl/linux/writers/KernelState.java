// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.writers;

import dev.kvmpl.memory.GuestMemory;

/**
 * How far a kernel has come, by what it says of itself in its memory (Linux, enum system_states of
 * include/linux/kernel.h, 5.16 and later).
 */
public final class KernelState {
  /** The variable that has it. */
  public static final String SYMBOL = "system_state";

  /** Code is patched, constants are read-only, what was for the start alone is freed. */
  private static final int RUNNING = 3;

  private static final long IMAGE = 0xffffffff80000000L;

  private final GuestMemory memory;
  private final long gpa;

  /**
   * That of a kernel that is where it is linked to be.
   *
   * @throws java.util.NoSuchElementException if there is no such symbol
   */
  public KernelState(GuestMemory memory, KernelSymbols symbols) {
    this.memory = memory;
    this.gpa = symbols.address(SYMBOL).orElseThrow() - IMAGE;
  }

  /** Whether it has started, and is about to run its first process. */
  public boolean isRunning() {
    return memory.contains(gpa, Integer.BYTES) && memory.getInt(gpa) >= RUNNING;
  }
}
