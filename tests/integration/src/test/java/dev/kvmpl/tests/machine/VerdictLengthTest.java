// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Recording;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SteppedVerdicts;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How many instructions VMPL0 executes for a verdict, from its launch to its second exit: where KVM
 * emulates them, they are most of what a verdict costs.
 */
@RequiresKvm
class VerdictLengthTest {
  private static final int MOST = 120;
  private static final int MOST_FOR_TRACE = 60;

  private static final int RESTRICTED_RANGES = 1_000;
  private static final int OWNERS = 10_000;
  private static final long MEMORY = 160 << 20;
  private static final long RESTRICTED = 0x2000000;
  private static final long OWNED = 0x3000000;
  private static final int PAGES = 8;

  enum Tracing {
    OFF(Recording.NOTHING, MOST),
    ON(Recording.STEPS, MOST + MOST_FOR_TRACE);

    private final Recording recording;
    private final int most;

    Tracing(Recording recording, int most) {
      this.recording = recording;
      this.most = most;
    }
  }

  private static PageRange page(long area, int index) {
    long start = area + 2L * index * PageRange.PAGE_SIZE;
    return new PageRange(start, start + PageRange.PAGE_SIZE);
  }

  private static List<PageRange> everyOtherPage(long area, int ranges) {
    return IntStream.range(0, ranges).mapToObj(i -> page(area, i)).toList();
  }

  @ParameterizedTest
  @EnumSource
  void firstGrant_takesFewInstructions_amongManyRanges(Tracing tracing) {
    Long[] stores =
        LongStream.range(0, PAGES)
            .boxed()
            .flatMap(i -> Stream.of(FREE + i * PageRange.PAGE_SIZE + 256, 8L, i))
            .toArray(Long[]::new);
    SteppedVerdicts stepped = new SteppedVerdicts();
    try (TestMachine machine =
        TestMachine.with()
            .memory(MEMORY)
            .restricted(everyOtherPage(RESTRICTED, RESTRICTED_RANGES))
            .withoutOthers()
            .driver(BuiltInPayload.STORE, everyOtherPage(OWNED, OWNERS))
            .recording(tracing.recording)
            .driver(BuiltInPayload.STORE, stores)
            .build()) {
      RunResult result = machine.run(stepped);

      assertEquals(0, result.driverStatus().getLast(), result.message());
      if (tracing == Tracing.ON) {
        assertEquals(
            List.of(Verdict.ALLOWED),
            result.operations().stream().map(Operation::verdict).distinct().toList());
      }
    }
    assertEquals(PAGES, stepped.lengths().size());
    assertTrue(
        stepped.lengths().stream().allMatch(length -> length <= tracing.most),
        () -> "instructions: " + stepped.lengths());
  }
}
