// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is not granted ahead, though it is the driver's own. */
@RequiresKvm
class GrantAheadTest {
  private static final int PAGE = PageRange.PAGE_SIZE;

  private static PageRange pages(long first, int count) {
    return new PageRange(first, first + (long) count * PAGE);
  }

  private static Long[] storeToEach(PageRange range) {
    return LongStream.iterate(range.start(), at -> at < range.end(), at -> at + PAGE)
        .boxed()
        .flatMap(at -> Stream.of(at, 8L, 1L))
        .toArray(Long[]::new);
  }

  private static TestMachine.Builder ahead() {
    return TestMachine.with().enforcement(EnforcementKind.SLOTS).grant(GrantKind.AHEAD);
  }

  private static RunResult run(TestMachine.Builder described) {
    try (TestMachine machine = described.build()) {
      RunResult result = machine.run();
      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      return result;
    }
  }

  private static List<Verdict> verdicts(RunResult result) {
    return result.operations().stream()
        .filter(operation -> operation.driver() == DRIVER)
        .map(Operation::verdict)
        .toList();
  }

  /** To open it for writing would be to open it for reading, which may be what it may not. */
  @Test
  void hiddenPage_waitsForItsOwnVerdict() {
    PageRange own = pages(FREE, 3);

    RunResult result =
        run(
            ahead()
                .hidden(pages(FREE + PAGE, 1))
                .driver(BuiltInPayload.STORE, List.of(own), storeToEach(own)));

    assertEquals(List.of(Verdict.ALLOWED, Verdict.ALLOWED, Verdict.ALREADY_OPEN), verdicts(result));
  }

  @Test
  void read_opensNoNeighbour() {
    RunResult result =
        run(
            ahead()
                .hidden(pages(FREE, 1))
                .driver(
                    BuiltInPayload.OPERATE,
                    List.of(pages(FREE, 2)),
                    (long) Access.READ.number(),
                    FREE,
                    8L,
                    0L,
                    (long) Access.WRITE.number(),
                    FREE + PAGE,
                    8L,
                    0L));

    assertEquals(List.of(Verdict.ALLOWED, Verdict.ALLOWED), verdicts(result));
  }

  /** It decides by what is stored, so nothing is known of what has not been. */
  @Test
  void validatorOfAUsersOwn_isAskedForEachPage() {
    RunResult result =
        run(
            ahead()
                .validator(Payloads.validator("own_policy"))
                .driver(
                    BuiltInPayload.STORE,
                    List.of(pages(FREE, 2)),
                    FREE,
                    8L,
                    5L,
                    FREE + PAGE,
                    8L,
                    5000L));

    assertEquals(Verdict.ALLOWED, verdicts(result).getFirst());
    assertEquals(2, TestMachine.caught(result));
    assertNotEquals(0, result.driverStatus().getLast(), "refusals");
  }

  @Test
  void protectedRange_thatLeadsWhereItShall_isNoHindrance() {
    PageRange own = pages(FREE, 3);

    RunResult result =
        run(
            ahead()
                .protectedVirtual(pages(FREE + 8 * PAGE, 1))
                .driver(BuiltInPayload.STORE, List.of(own), storeToEach(own)));

    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.ALREADY_OPEN), verdicts(result));
  }

  /** The group begins at a multiple of its length, and not at the page that was stored to. */
  @Test
  void pagesBefore_areOpenedToo() {
    RunResult result =
        run(
            ahead()
                .driver(
                    BuiltInPayload.STORE,
                    List.of(pages(FREE, 16)),
                    FREE + 15 * PAGE,
                    8L,
                    1L,
                    FREE,
                    8L,
                    1L));

    assertEquals(List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN), verdicts(result));
  }
}
