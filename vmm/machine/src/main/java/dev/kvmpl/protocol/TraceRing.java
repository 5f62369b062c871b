// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.protocol;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_trace_record;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.GuestMemory;

/** Reads what one vCPU recorded in its ring, each record once. */
public final class TraceRing {
  private static final long NONE = 0;
  private static final int CAPACITY = Abi.KVMPL_TRACE_CAPACITY();

  private final GuestMemory memory;
  private final long gpa;
  private final boolean hasRequest;
  private final RequestPage request;
  private long tail;

  /**
   * The ring of a vCPU.
   *
   * @param gpa where it is, guest-physical
   * @param request the address of what its records may be about, 0 at levels that have none
   */
  public TraceRing(GuestMemory memory, long gpa, long request) {
    this.memory = memory;
    this.gpa = gpa;
    this.hasRequest = request != NONE;
    this.request = new RequestPage(memory, request);
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
      long tsc = memory.getLong(at + kvmpl_trace_record.tsc$offset());
      int step = memory.getInt(at + kvmpl_trace_record.step$offset());
      if (hasRequest && (step & Abi.KVMPL_TRACE_REQUEST()) != 0) {
        request.record(reader, tsc, step & ~Abi.KVMPL_TRACE_REQUEST());
        continue;
      }
      reader.record(
          tsc,
          step,
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
