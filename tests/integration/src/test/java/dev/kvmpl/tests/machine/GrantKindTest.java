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
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.HandOverKind;
import dev.kvmpl.spec.Permission;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** When a page is open that VMPL0 has granted: the verdicts are the same, the exits are not. */
@RequiresKvm
class GrantKindTest {
  private static final int PAGE = PageRange.PAGE_SIZE;

  /** Pages that are granted ahead together start at a multiple of as many. */
  private static final int TOGETHER = 16;

  private static final long GROUP = FREE & -(long) TOGETHER * PAGE;

  private static TestMachine.Builder with(GrantKind grant) {
    return TestMachine.with().enforcement(EnforcementKind.SLOTS).grant(grant);
  }

  private static RunResult run(TestMachine.Builder described) {
    try (TestMachine machine = described.build()) {
      return run(machine);
    }
  }

  private static RunResult run(TestMachine machine) {
    RunResult result = machine.run();
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result;
  }

  /** A store of 8 bytes to the start of each page. */
  private static Long[] stores(long... pages) {
    return LongStream.of(pages).boxed().flatMap(at -> Stream.of(at, 8L, at)).toArray(Long[]::new);
  }

  private static PageRange pages(long first, int count) {
    return new PageRange(first, first + (long) count * PAGE);
  }

  private static long[] starts(PageRange range) {
    return LongStream.iterate(range.start(), at -> at < range.end(), at -> at + PAGE).toArray();
  }

  private static List<Verdict> verdicts(RunResult result, int driver) {
    return result.operations().stream()
        .filter(operation -> operation.driver() == driver)
        .map(Operation::verdict)
        .toList();
  }

  private static List<Verdict> verdicts(RunResult result) {
    return verdicts(result, DRIVER);
  }

  static Stream<Arguments> ways() {
    List<Arguments> ways = new ArrayList<>();
    for (GrantKind grant : GrantKind.values()) {
      for (HandOverKind handOver : HandOverKind.values()) {
        for (Detection detection : List.of(Detection.TRAP, Detection.REFLECT)) {
          if (grant != GrantKind.STORE || detection == Detection.TRAP) {
            ways.add(Arguments.of(grant, handOver, detection));
          }
        }
      }
    }
    return ways.stream();
  }

  @ParameterizedTest
  @MethodSource("ways")
  void storesToOnePage_areJudgedOnce_andMakeTheExitsOfTheirKind(
      GrantKind grant, HandOverKind handOver, Detection detection) {
    try (TestMachine machine =
        with(grant)
            .handOver(handOver)
            .detection(detection)
            .driver(BuiltInPayload.STORE, stores(FREE, FREE + 8, FREE + 16))
            .build()) {
      RunResult result = run(machine);

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.ALREADY_OPEN), verdicts(result));
      assertEquals(grant == GrantKind.STORE ? 2 : 1, TestMachine.caught(result));
      for (long at = FREE; at <= FREE + 16; at += 8) {
        assertEquals(at, machine.memory().getLong(at));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(GrantKind.class)
  void pageThatWasGranted_canBeRead(GrantKind grant) {
    RunResult result =
        run(
            with(grant)
                .driver(
                    BuiltInPayload.OPERATE,
                    (long) Access.WRITE.number(),
                    FREE,
                    8L,
                    5L,
                    (long) Access.READ.number(),
                    FREE,
                    8L,
                    5L));

    assertEquals(List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN), verdicts(result));
    assertEquals(List.of(0L, 0L), result.driverStatus());
  }

  @Test
  void ahead_opensTheNeighboursThatTheDriverOwns_inOneExit() {
    PageRange owned = pages(GROUP + 6 * PAGE, TOGETHER + 4);
    try (TestMachine machine =
        with(GrantKind.AHEAD)
            .driver(BuiltInPayload.STORE, List.of(owned), stores(starts(owned)))
            .build()) {
      RunResult result = run(machine);

      assertEquals(2, TestMachine.caught(result), "it is in two groups");
      assertEquals(2, verdicts(result).stream().filter(Verdict.ALLOWED::equals).count());
      assertEquals(TOGETHER + 4, verdicts(result).size());
      for (long at : starts(owned)) {
        assertEquals(at, machine.memory().getLong(at));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = GrantKind.class, mode = EnumSource.Mode.EXCLUDE, names = "AHEAD")
  void otherKinds_openNoNeighbour(GrantKind grant) {
    PageRange owned = pages(GROUP, TOGETHER);

    RunResult result =
        run(with(grant).driver(BuiltInPayload.STORE, List.of(owned), stores(starts(owned))));

    assertEquals(TOGETHER, verdicts(result).stream().filter(Verdict.ALLOWED::equals).count());
    assertEquals(TOGETHER, TestMachine.caught(result));
  }

  @Test
  void ahead_tellsEachStepOfItsJudgements() {
    PageRange owned = pages(GROUP, 2);

    RunResult result =
        run(with(GrantKind.AHEAD).driver(BuiltInPayload.STORE, List.of(owned), stores(GROUP)));

    for (Step step : List.of(Step.RESTRICTED, Step.OWNER, Step.ADJUST, Step.GRANT)) {
      assertEquals(
          List.of(GROUP, GROUP + PAGE),
          result.steps().stream()
              .filter(event -> event.step() == step)
              .map(event -> event.gpa() & -(long) PAGE)
              .toList(),
          step.label());
    }
  }

  /** What is restricted, another's or nobody's is not opened, though it is in the same group. */
  @Test
  void ahead_opensNothingThatADriverWouldNotOwn() {
    PageRange own = pages(GROUP, 2);
    PageRange another = pages(GROUP + 2 * PAGE, 1);
    PageRange restricted = pages(GROUP + 3 * PAGE, 1);
    long free = GROUP + 4 * PAGE;

    RunResult result =
        run(
            with(GrantKind.AHEAD)
                .restricted(List.of(restricted))
                .driver(
                    BuiltInPayload.STORE,
                    List.of(own),
                    stores(GROUP, GROUP + PAGE, another.start(), restricted.start(), free))
                .driver(BuiltInPayload.STORE, List.of(another), stores(another.start())));

    assertEquals(
        List.of(
            Verdict.ALLOWED,
            Verdict.ALREADY_OPEN,
            Verdict.OWNED_BY_OTHER,
            Verdict.RESTRICTED,
            Verdict.ALLOWED),
        verdicts(result));
    assertEquals(List.of(Verdict.ALLOWED), verdicts(result, DRIVER + 1));
  }

  @Test
  void ahead_opensNothingForWhichTheDriverHasNoPermission() {
    PageRange own = pages(GROUP, 3);

    RunResult result =
        run(
            with(GrantKind.AHEAD)
                .driver(BuiltInPayload.STORE, List.of(own), stores(starts(own)))
                .permissions(new Permission(Access.WRITE, GROUP, GROUP + 2L * PAGE)));

    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.NO_PERMISSION), verdicts(result));
  }

  /** With policy watch too, what would be refused waits for its own verdict. */
  @Test
  void ahead_opensNothingThatWouldBeRefused() {
    PageRange own = pages(GROUP, 3);

    RunResult result =
        run(
            with(GrantKind.AHEAD)
                .policy(Policy.WATCH)
                .driver(BuiltInPayload.STORE, List.of(own), stores(starts(own)))
                .permissions(new Permission(Access.WRITE, GROUP, GROUP + 2L * PAGE)));

    assertEquals(3, verdicts(result).size());
    assertEquals(Verdict.ALLOWED, verdicts(result).get(0));
    assertEquals(Verdict.ALREADY_OPEN, verdicts(result).get(1));
    assertEquals(Verdict.NO_PERMISSION, verdicts(result).get(2).reason());
    assertEquals(2, TestMachine.caught(result));
  }

  @Test
  void ahead_afterARefusal_opensNothing() {
    PageRange own = pages(GROUP, 1);
    PageRange restricted = pages(GROUP + PAGE, 1);

    RunResult result =
        run(
            with(GrantKind.AHEAD)
                .restricted(List.of(restricted))
                .driver(BuiltInPayload.STORE, List.of(own), stores(restricted.start(), GROUP)));

    assertEquals(List.of(Verdict.RESTRICTED, Verdict.ALLOWED), verdicts(result));
  }

  @Test
  void ahead_withMapping_opensThemToo() {
    PageRange owned = pages(GROUP, TOGETHER);

    RunResult result =
        run(
            with(GrantKind.AHEAD)
                .enforcement(EnforcementKind.MAPPING)
                .driver(BuiltInPayload.STORE, List.of(owned), stores(starts(owned))));

    assertEquals(1, TestMachine.caught(result));
  }

  @ParameterizedTest
  @EnumSource(GrantKind.class)
  void whatADriverWasGranted_isClosedForTheNext(GrantKind grant) {
    long first = GROUP;
    long second = GROUP + PAGE;
    long once = GROUP + 2 * PAGE;

    RunResult result =
        run(
            with(grant)
                .unloaded(
                    Payloads.builtIn(BuiltInPayload.STORE),
                    List.of(pages(GROUP, 2)),
                    stores(first, first + 8, once))
                .driver(BuiltInPayload.STORE, stores(first, second, once)));

    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.ALLOWED, Verdict.ALLOWED), verdicts(result, DRIVER + 1));
  }

  /** Across a page's end: whole or not at all, however much of it is granted already. */
  @ParameterizedTest
  @EnumSource(GrantKind.class)
  void storeAcrossPagesThatWereGranted_isWhole(GrantKind grant) {
    long border = FREE + PAGE;
    try (TestMachine machine =
        with(grant)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, border, 8L, 2L, border - 3, 8L, -1L)
            .build()) {
      RunResult result = run(machine);

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.ALLOWED, Verdict.ALREADY_OPEN), verdicts(result));
      assertEquals(-1, machine.memory().getLong(border - 3));
    }
  }

  /** One page is granted and behind, the other one closed: with slots KVM tells of both parts. */
  @Test
  void storeAcrossAPageThatIsBehind_andOneThatIsRefused_isNotDone() {
    long border = FREE + PAGE;
    try (TestMachine machine =
        with(GrantKind.STORE)
            .restricted(List.of(pages(border, 1)))
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, border - 3, 8L, -1L)
            .build()) {
      RunResult result = run(machine);

      assertEquals(List.of(Verdict.ALLOWED, Verdict.RESTRICTED), verdicts(result));
      assertEquals(0, machine.memory().getLong(border - 3));
    }
  }

  @ParameterizedTest
  @EnumSource(GrantKind.class)
  void driverAtCpl3_getsTheSame(GrantKind grant) {
    RunResult result =
        run(with(grant).hosted(BuiltInPayload.STORE, stores(FREE, FREE + 8, FREE + 16)));

    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.ALREADY_OPEN), verdicts(result));
  }

  @ParameterizedTest
  @EnumSource(value = GrantKind.class, mode = EnumSource.Mode.EXCLUDE, names = "STORE")
  void driversOnOtherProcessors_getTheSame(GrantKind grant) {
    RunResult result =
        run(
            with(grant)
                .driver(
                    BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), stores(FREE, FREE + 8, FREE + 16))
                .driver(
                    Driver.named("third", Payloads.builtIn(BuiltInPayload.STORE))
                        .level(Vmpl.VMPL3)
                        .processors(List.of(2))
                        .owns(List.of(pages(FREE + PAGE, 2)))
                        .arguments(List.of(stores(FREE + PAGE, FREE + 2 * PAGE)))
                        .build()));

    assertEquals(
        List.of(Verdict.ALLOWED, Verdict.ALREADY_OPEN, Verdict.ALREADY_OPEN), verdicts(result));
    Verdict second = grant == GrantKind.AHEAD ? Verdict.ALREADY_OPEN : Verdict.ALLOWED;
    assertEquals(List.of(Verdict.ALLOWED, second), verdicts(result, DRIVER + 1));
  }

  /**
   * Its frame goes to where the push was judged and done, if there is an exception on this host.
   */
  @ParameterizedTest
  @EnumSource(GrantKind.class)
  void exceptionOnAStackThatWasGranted_isHandled(GrantKind grant) {
    RunResult result = run(with(grant).driver(Payloads.driver("moves_stack"), FREE + 0x800, 4L));

    assertEquals(List.of(Verdict.ALLOWED), verdicts(result).stream().distinct().toList());
    assertEquals(List.of(0L, 7L), result.driverStatus());
  }

  /** What the CPU alone can store, to a page that was granted: it has to find it open. */
  @ParameterizedTest
  @EnumSource(GrantKind.class)
  void storeThatNobodyCanDoForTheDriver_isTheCpus(GrantKind grant) {
    try (TestMachine machine =
        with(grant)
            .driver(Payloads.driver("stores_descriptor_table"), FREE + 0x100, 0L, FREE + 0x10)
            .build()) {
      RunResult result = run(machine);

      assertEquals(List.of(Verdict.ALLOWED), verdicts(result).stream().distinct().toList());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertNotEquals(0, machine.memory().load(FREE + 0x100, 2), "the limit");
    }
  }
}
