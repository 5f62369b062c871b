// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_console;
import dev.kvmpl.bindings.abi.kvmpl_console_record;
import dev.kvmpl.memory.GuestMemory;

/** Reads what one vCPU printed, each record once. */
public final class ConsoleRing {
  private static final int CAPACITY = Abi.KVMPL_CONSOLE_CAPACITY();

  private final GuestMemory memory;
  private final long gpa;
  private long tail;

  /** The ring at that guest-physical address. */
  public ConsoleRing(GuestMemory memory, long gpa) {
    this.memory = memory;
    this.gpa = gpa;
  }

  /** What is done with a record: the fields as the guest wrote them. */
  @FunctionalInterface
  public interface Reader {
    /** A record, and a copy of its text. */
    void record(long tsc, int driver, byte[] text);
  }

  /**
   * Reads every record since the last call. Allocates only if there is one.
   *
   * @return how many were overwritten before they could be read
   */
  public long drain(Reader reader) {
    long head = memory.getLong(gpa + kvmpl_console.head$offset());
    long waiting = head - tail;
    if (waiting == 0) {
      return 0;
    }
    // A guest that lies about its head gets at most a ring's worth of attention.
    boolean lies = waiting < 0 || waiting > CAPACITY;
    if (lies) {
      tail = head - CAPACITY;
    }
    for (; tail != head; tail++) {
      long at =
          gpa
              + kvmpl_console.records$offset()
              + Math.floorMod(tail, CAPACITY) * kvmpl_console_record.sizeof();
      int length = memory.getInt(at + kvmpl_console_record.length$offset());
      reader.record(
          memory.getLong(at + kvmpl_console_record.tsc$offset()),
          memory.getInt(at + kvmpl_console_record.driver$offset()),
          memory.read(
              at + kvmpl_console_record.text$offset(),
              Math.clamp(length, 0, Abi.KVMPL_CONSOLE_TEXT())));
    }
    return lies && waiting != Long.MIN_VALUE
        ? Math.max(0, Math.abs(waiting) - CAPACITY)
        : lies ? Long.MAX_VALUE : 0;
  }
}
