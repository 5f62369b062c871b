// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.machine.OwnershipMachine.Kind;
import dev.kvmpl.tests.machine.OwnershipMachine.Operation;
import dev.kvmpl.tests.machine.OwnershipMachine.Outcomes;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ownership map as a data structure: what it answers, and what it keeps. */
@RequiresKvm
class OwnershipMapTest {
  private static final long BASE = 0x1000000;
  private static final long PAGE = PageRange.PAGE_SIZE;
  private static final long OTHERS = 0x80001001L;
  private static final long NOBODYS = 0x80000003L;
  private static final long NO_RANGE = 0x80000005L;

  private static long gpa(long page) {
    return BASE + page * PAGE;
  }

  private static Ownership entry(long from, long to, int driver) {
    return new Ownership(new PageRange(gpa(from), gpa(to)), driver);
  }

  private static Operation designate(long from, long to, int driver) {
    return new Operation(Kind.DESIGNATE, gpa(from), gpa(to), driver, 0);
  }

  private static Operation transfer(long from, long to, int driver, int receiver) {
    return new Operation(Kind.TRANSFER, gpa(from), gpa(to), driver, receiver);
  }

  private static Operation release(int driver) {
    return new Operation(Kind.RELEASE, BASE, BASE, driver, 0);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void randomOperations_doWhatTheModelDoes(long seed) {
    Random random = new Random(seed);
    List<Kind> changesAndLookUps =
        List.of(Kind.OWNER_OF, Kind.OTHER_OWNER, Kind.DESIGNATE, Kind.TRANSFER);
    int pages = 24 + random.nextInt(60);
    OwnershipModel model = new OwnershipModel(BASE, pages);
    List<Operation> operations = new ArrayList<>();
    List<Long> expected = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      Kind kind = random.nextInt(40) == 0 ? Kind.RELEASE : changesAndLookUps.get(random.nextInt(4));
      int start = random.nextInt(pages);
      // A change of no range at all is refused.
      int least = kind == Kind.OTHER_OWNER ? 1 : 0;
      int length = Math.min(least + random.nextInt(7), pages - start);
      Operation operation =
          new Operation(
              kind, gpa(start), gpa(start + length), random.nextInt(5), random.nextInt(5));
      operations.add(operation);
      expected.add(model.apply(operation));
    }

    Outcomes outcomes = OwnershipMachine.run(List.of(), operations);

    for (int i = 0; i < operations.size(); i++) {
      assertEquals(expected.get(i), outcomes.results().get(i), i + ": " + operations.get(i));
    }
    assertEquals(model.entries(), outcomes.map());
  }

  @Test
  void partThatIsTransferred_isCutOut_andJoinsItsNewNeighbours() {
    Outcomes outcomes =
        OwnershipMachine.run(
            List.of(entry(0, 8, 1), entry(8, 10, 2)),
            List.of(transfer(3, 5, 1, 2), transfer(6, 8, 1, 2), transfer(0, 1, 1, 3)));

    assertEquals(List.of(0L, 0L, 0L), outcomes.results());
    assertEquals(
        List.of(entry(0, 1, 3), entry(1, 3, 1), entry(3, 5, 2), entry(5, 6, 1), entry(6, 10, 2)),
        outcomes.map());
  }

  @Test
  void transferOfWhatIsNotAllTheDrivers_isRefused_andChangesNothing() {
    List<Ownership> map = List.of(entry(0, 4, 1), entry(4, 6, 2), entry(8, 9, 1));

    Outcomes outcomes =
        OwnershipMachine.run(
            map,
            List.of(
                transfer(2, 5, 1, 3), // its last page is 2's
                transfer(4, 6, 1, 3),
                transfer(7, 9, 1, 3), // its first page is nobody's
                transfer(20, 21, 1, 3),
                transfer(8, 10, 1, 3),
                transfer(2, 2, 1, 3),
                transfer(3, 2, 1, 3),
                transfer(0, 1, 1, 0),
                transfer(20, 21, 0, 1),
                new Operation(Kind.TRANSFER, BASE + 1, gpa(1), 1, 3)));

    assertEquals(
        List.of(
            OTHERS, OTHERS, NOBODYS, NOBODYS, NOBODYS, NO_RANGE, NO_RANGE, NO_RANGE, NO_RANGE,
            NO_RANGE),
        outcomes.results());
    assertEquals(map, outcomes.map());
  }

  @Test
  void releaseOfADriver_freesAllItHas_andNothingElse() {
    Outcomes outcomes =
        OwnershipMachine.run(
            List.of(entry(0, 4, 1), entry(4, 6, 2), entry(8, 9, 1), entry(9, 12, 3)),
            List.of(release(1), release(7), designate(0, 8, 2)));

    assertEquals(List.of(0L, 0L, 0L), outcomes.results());
    assertEquals(List.of(entry(0, 8, 2), entry(9, 12, 3)), outcomes.map());
  }

  @Test
  void whoeverIsNoDriver_getsNothing() {
    Outcomes outcomes =
        OwnershipMachine.run(
            List.of(entry(0, 2, 1)),
            List.of(designate(4, 5, 65), transfer(0, 1, 1, 65), designate(4, 5, 64)));

    assertEquals(List.of(NO_RANGE, NO_RANGE, 0L), outcomes.results());
    assertEquals(List.of(entry(0, 2, 1), entry(4, 5, 64)), outcomes.map());
  }

  @Test
  void whatIsBeyondTheMap_isNoRange() {
    long last = Abi.KVMPL_PAGES_MAX() - BASE / PAGE;

    Outcomes outcomes =
        OwnershipMachine.run(
            List.of(), List.of(designate(last - 1, last + 1, 1), designate(last - 1, last, 1)));

    assertEquals(List.of(NO_RANGE, 0L), outcomes.results());
    assertEquals(List.of(entry(last - 1, last, 1)), outcomes.map());
  }

  @Test
  void everyOtherPage_canBeSomebodys() {
    List<Ownership> map =
        IntStream.range(0, 20_000).mapToObj(i -> entry(2L * i, 2L * i + 1, 1 + i % 7)).toList();

    Outcomes outcomes = OwnershipMachine.run(map, List.of(designate(1, 2, 9), designate(2, 3, 9)));

    assertEquals(List.of(0L, OTHERS), outcomes.results());
    assertEquals(map.size() + 1, outcomes.map().size());
  }
}
