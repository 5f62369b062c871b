// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_trace_record;
import dev.kvmpl.bindings.abi.kvmpl_trace_ring;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.TraceRing;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceRingTest {
  private static final long GPA = 0x1000;
  private static final int CAPACITY = Abi.KVMPL_TRACE_CAPACITY();

  private final GuestMemory memory = GuestMemory.allocate(0x20000);
  private final TraceRing ring = new TraceRing(memory, GPA, 0);
  private final List<Long> read = new ArrayList<>();

  @AfterEach
  void close() {
    memory.close();
  }

  /** As a guest does it, with the record's number as its time. */
  private void write(long from, long to) {
    for (long i = from; i < to; i++) {
      memory.putLong(record(i) + kvmpl_trace_record.tsc$offset(), i);
    }
    head(to);
  }

  private void head(long head) {
    memory.putLong(GPA + kvmpl_trace_ring.head$offset(), head);
  }

  private static long record(long i) {
    return GPA + kvmpl_trace_ring.records$offset() + i % CAPACITY * kvmpl_trace_record.sizeof();
  }

  @Test
  void recordAboutTheRequest_hasItsFieldsFromThere() {
    RequestPage request = new RequestPage(memory, 0x18000);
    request.askToAccess(3, 1, Access.READ, 0x1234, 4, 0);
    memory.putLong(record(0) + kvmpl_trace_record.tsc$offset(), 1);
    memory.putInt(record(0) + kvmpl_trace_record.step$offset(), 2 | Abi.KVMPL_TRACE_REQUEST());
    memory.putLong(record(0) + kvmpl_trace_record.gpa$offset(), 0x999);
    head(1);
    List<List<Long>> records = new ArrayList<>();

    new TraceRing(memory, GPA, request.gpa())
        .drain(
            (tsc, step, driver, access, at, length, data, rip) ->
                records.add(
                    List.of(
                        tsc, (long) step, (long) driver, (long) access, at, length, data, rip)));

    assertEquals(List.of(List.of(1L, 2L, 3L, 1L, 0x1234L, 4L, 0L, 0L)), records);
  }

  /** A level that has no request, and says so all the same, has recorded no step. */
  @Test
  void recordAboutARequestThatThereIsNot_isAsTheGuestWroteIt() {
    memory.putInt(record(0) + kvmpl_trace_record.step$offset(), 2 | Abi.KVMPL_TRACE_REQUEST());
    head(1);
    List<Integer> steps = new ArrayList<>();

    ring.drain((tsc, step, driver, access, at, length, data, rip) -> steps.add(step));

    assertEquals(List.of(2 | Abi.KVMPL_TRACE_REQUEST()), steps);
  }

  private long drain() {
    return ring.drain((tsc, step, driver, access, at, length, data, rip) -> read.add(tsc));
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @Test
  void record_isReadFieldByField() {
    memory.putLong(record(0) + kvmpl_trace_record.tsc$offset(), 1);
    memory.putInt(record(0) + kvmpl_trace_record.step$offset(), 2);
    memory.putInt(record(0) + kvmpl_trace_record.driver$offset(), 3);
    memory.putLong(record(0) + kvmpl_trace_record.gpa$offset(), 4);
    memory.putLong(record(0) + kvmpl_trace_record.length$offset(), 5);
    memory.putLong(record(0) + kvmpl_trace_record.data$offset(), 6);
    memory.putInt(record(0) + kvmpl_trace_record.access$offset(), 7);
    memory.putLong(record(0) + kvmpl_trace_record.rip$offset(), 8);
    head(1);
    List<List<Long>> records = new ArrayList<>();

    long lost =
        ring.drain(
            (tsc, step, driver, access, at, length, data, rip) ->
                records.add(
                    List.of(
                        tsc, (long) step, (long) driver, (long) access, at, length, data, rip)));

    assertEquals(0, lost);
    assertEquals(List.of(List.of(1L, 2L, 3L, 7L, 4L, 5L, 6L, 8L)), records);
  }

  @Test
  void records_areReadOnceAndInOrder() {
    write(0, 3);
    assertEquals(0, drain());
    write(3, 5);
    assertEquals(0, drain());
    assertEquals(0, drain());

    assertEquals(numbers(0, 5), read);
  }

  @Test
  void records_areReadAcrossTheRingsEnd() {
    write(0, CAPACITY - 2);
    drain();
    read.clear();

    write(CAPACITY - 2, CAPACITY + 3);

    assertEquals(0, drain());
    assertEquals(numbers(CAPACITY - 2, CAPACITY + 3), read);
  }

  @Test
  void fullRing_losesNothing() {
    write(0, CAPACITY);

    assertEquals(0, drain());
    assertEquals(numbers(0, CAPACITY), read);
  }

  @Test
  void overwrittenRecords_areCountedAsLost_andTheRestIsRead() {
    write(0, CAPACITY + 7);

    assertEquals(7, drain());
    assertEquals(numbers(7, CAPACITY + 7), read);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, -(1L << 40)})
  void headThatLies_costsAtMostOneRing_andIsNotNegative(long head) {
    write(0, 10);
    drain();
    read.clear();

    head(head);
    long lost = drain();

    assertTrue(read.size() <= CAPACITY, () -> read.size() + " records");
    assertTrue(lost >= 0, () -> lost + " lost");
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40})
  void ring_isReadOnAfterAHeadThatLied(long head) {
    head(head);
    drain();
    head(0);
    drain();
    read.clear();

    write(0, 2);

    assertEquals(0, drain());
    assertEquals(numbers(0, 2), read);
  }

  @Test
  void enabling_tellsTheGuest() {
    ring.enable();

    assertEquals(1, memory.getLong(GPA + kvmpl_trace_ring.enabled$offset()));
  }
}
