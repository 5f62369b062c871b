// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_trace_record;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.GuestMemory;

/** Reads what one vCPU recorded in its ring, each record once. */
public final class TraceRing {
  private static final int CAPACITY = Abi.KVMPL_TRACE_CAPACITY();

  private final GuestMemory memory;
  private final long gpa;
  private long tail;

  public TraceRing(GuestMemory memory, long gpa) {
    this.memory = memory;
    this.gpa = gpa;
  }

  /** What is done with a record: the fields as the guest wrote them. */
  @FunctionalInterface
  public interface Reader {
    void record(
        long tsc, int step, int driver, int access, long at, long length, long data, long rip);
  }

  /** Tells the guest to record. */
  public void enable() {
    memory.putLong(gpa + kvmpl_trace_ring.enabled$offset(), 1);
  }

  /**
   * Reads every record since the last call.
   *
   * @return how many were overwritten before they could be read
   */
  public long drain(Reader reader) {
    long head = memory.getLong(gpa + kvmpl_trace_ring.head$offset());
    long waiting = head - tail;
    // A guest that lies about its head gets at most a ring's worth of attention.
    long lost = waiting < 0 || waiting > CAPACITY ? Math.abs(waiting) - CAPACITY : 0;
    if (waiting < 0 || waiting > CAPACITY) {
      tail = head - CAPACITY;
    }
    for (; tail != head; tail++) {
      long at =
          gpa
              + kvmpl_trace_ring.records$offset()
              + Math.floorMod(tail, CAPACITY) * kvmpl_trace_record.sizeof();
      reader.record(
          memory.getLong(at + kvmpl_trace_record.tsc$offset()),
          memory.getInt(at + kvmpl_trace_record.step$offset()),
          memory.getInt(at + kvmpl_trace_record.driver$offset()),
          memory.getInt(at + kvmpl_trace_record.access$offset()),
          memory.getLong(at + kvmpl_trace_record.gpa$offset()),
          memory.getLong(at + kvmpl_trace_record.length$offset()),
          memory.getLong(at + kvmpl_trace_record.data$offset()),
          memory.getLong(at + kvmpl_trace_record.rip$offset()));
    }
    return Math.max(lost, 0);
  }
}
