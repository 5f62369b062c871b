// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random requests of the guest kernel and of drivers, and what holds whatever they are: the machine
 * ends with a result, what nobody may change is as it was, no level has more than at launch, and
 * the next driver runs.
 *
 * <p>A failure names its seed. {@code -Dkvmpl.fuzz.seed=SEED} starts with that machine, {@code
 * -Dkvmpl.fuzz.requests=N} makes so many requests for each party instead of 400.
 */
@RequiresKvm
class RequestFuzzTest {
  private static final int REQUESTS = Integer.getInteger("kvmpl.fuzz.requests", 400);
  private static final long SEED = Long.getLong("kvmpl.fuzz.seed", 1);
  private static final int REQUESTS_OF_A_MACHINE = 200;

  private static final byte PATTERN = 0x5a;

  private static final PageRange VALIDATORS_TABLES = new PageRange(0x808000, 0x80e000);
  private static final PageRange VALIDATORS_CODE = new PageRange(0x900000, 0x903000);

  /** Bits of a page-table entry that a walk sets. */
  private static final long ACCESSED_AND_DIRTY = 0x60;

  /** What a failed machine may say. */
  private static final Pattern DOCUMENTED =
      Pattern.compile(
          "KVM_EXIT_[A-Z0-9_]+ .*on vcpu\\d-vmpl[123].*"
              + "|KVM_EXIT_HLT on vcpu\\d-vmpl[123].*"
              + "|KVM_EXIT_(SHUTDOWN|INTERNAL_ERROR) .*on vcpu\\d-vmpl[123].*"
              + "|the guest of vcpu\\d-vmpl[123] (panicked: |terminated, reason set ).*"
              + "|vcpu\\d-vmpl[123] used GHCB page 0x[0-9a-f]+, which it has not registered.*"
              + "|a store .*");

  enum Party {
    KERNEL(Vmpl.VMPL1, 0),
    VMPL1(Vmpl.VMPL1, 0),
    VMPL1_HOSTED(Vmpl.VMPL1, 0),
    VMPL2(Vmpl.VMPL2, 0),
    VMPL3(Vmpl.VMPL3, 0),
    VMPL2_ELSEWHERE(Vmpl.VMPL2, 1),
    ALL_AT_ONCE(Vmpl.VMPL1, 0);

    private final Vmpl level;
    private final int processor;

    Party(Vmpl level, int processor) {
      this.level = level;
      this.processor = processor;
    }
  }

  @ParameterizedTest
  @EnumSource
  void requestsOfAParty_leaveTheMachineWhole(Party party) {
    for (int i = 0; i < Math.ceilDiv(REQUESTS, REQUESTS_OF_A_MACHINE); i++) {
      check(party, SEED + i, false);
    }
  }

  /** Those among them that are its end, so that the machine may fail. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "VMPL1_HOSTED")
  void requestsThatMayBeItsEnd_leaveWhatNobodyMayChange(Party party) {
    for (int i = 0; i < Math.ceilDiv(REQUESTS, REQUESTS_OF_A_MACHINE); i++) {
      check(party, SEED + i, true);
    }
  }

  private static void check(Party party, long seed, boolean deadly) {
    String again = "%s%s: -Dkvmpl.fuzz.seed=%d".formatted(party, deadly ? ", deadly" : "", seed);
    try (TestMachine machine = machine(party, seed, deadly)) {
      GuestMemory memory = machine.memory();
      fill(memory, RESTRICTED);
      fill(memory, OTHERS);
      long[] tables = entries(memory, VALIDATORS_TABLES);
      byte[] code = read(memory, VALIDATORS_CODE);

      RunResult result = machine.run();

      String of = again + ": " + result.message();
      assertTrue(isFilled(memory, RESTRICTED), "restricted memory: " + of);
      assertTrue(isFilled(memory, OTHERS), "another driver's memory: " + of);
      assertArrayEquals(tables, entries(memory, VALIDATORS_TABLES), of);
      assertArrayEquals(code, read(memory, VALIDATORS_CODE), of);
      assertDisjoint(result.after().ownership(), of);
      assertTrue(result.lostRecords() >= 0, of);
      if (deadly) {
        assertTrue(
            result.outcome() != Outcome.FAILED || DOCUMENTED.matcher(result.message()).matches(),
            of);
        assertNobodyMayWrite(result, RESTRICTED, of);
        assertNobodyMayWrite(result, OTHERS, of);
      } else {
        assertEquals(Outcome.COMPLETED, result.outcome(), of);
        assertWhole(party, result, of);
      }
    } catch (RuntimeException e) {
      throw new AssertionError(again, e);
    }
  }

  private static TestMachine machine(Party party, long seed, boolean deadly) {
    List<Integer> where = List.of(party.processor);
    Long[] arguments = {seed, (long) REQUESTS_OF_A_MACHINE, deadly ? 1L : 0L};
    TestMachine.Builder machine = TestMachine.with();
    switch (party) {
      case KERNEL ->
          machine
              .withoutOthers()
              .kernel(Payloads.kernel("fuzzes"))
              .driver(BuiltInPayload.STORE, List.of(OTHERS), arguments)
              .driver(BuiltInPayload.STORE, Vmpl.VMPL2, where, FREE, 8L, 1L)
              .driver(BuiltInPayload.STORE, Vmpl.VMPL2, List.of(1), FREE + 0x1000, 8L, 1L)
              .driver(Payloads.driver("loops"), Vmpl.VMPL3, List.of(2));
      case VMPL1_HOSTED -> machine.hosted(Payloads.driver("fuzzes"), arguments);
      case ALL_AT_ONCE ->
          machine
              .driver(Payloads.driver("fuzzes"), Vmpl.VMPL2, List.of(1), arguments)
              .driver(Payloads.driver("fuzzes"), Vmpl.VMPL3, List.of(2), arguments)
              .driver(Payloads.driver("fuzzes"), Vmpl.VMPL1, where, arguments);
      default -> {
        if (party.processor != 0) {
          machine.kernel(Payloads.kernel("starts_in_turn"));
        }
        machine.driver(Payloads.driver("fuzzes"), party.level, where, arguments);
      }
    }
    if (deadly) {
      machine.timeLimit(Duration.ofSeconds(2));
    }
    if (party != Party.KERNEL) {
      long start = Math.max(0x1000, 0x200000L * (party.level == Vmpl.VMPL1 ? 0 : level(party)));
      long end = party.level == Vmpl.VMPL1 ? 0x400000 : start + 0x200000;
      machine.driver(Payloads.driver("probes"), party.level, where, start, end);
    }
    return machine.driver(BuiltInPayload.STORE, party.level, where, stores()).build();
  }

  private static long level(Party party) {
    return party.level.number();
  }

  /** By the last driver, to each page that the requests were about. */
  private static Long[] stores() {
    return Stream.of(
            LongStream.range(0, 16).map(i -> FREE + i * PageRange.PAGE_SIZE),
            LongStream.of(RESTRICTED.start(), OTHERS.start(), 0x1000000, 0x1210000, 0x1410000))
        .flatMap(LongStream::boxed)
        .flatMap(gpa -> Stream.of(gpa, 8L, 0L))
        .toArray(Long[]::new);
  }

  private static void assertWhole(Party party, RunResult result, String of) {
    int last = result.driverStatus().size();
    if (party != Party.KERNEL) {
      assertEquals(0, result.driverStatus().get(1), of + ": not all requests were made");
      assertEquals(0, result.driverStatus().get(last - 2), of + ": what is left of them");
    }
    List<Verdict> stores =
        result.operations().stream()
            .filter(operation -> operation.driver() == last)
            .map(Operation::verdict)
            .toList();
    assertEquals(21, stores.size(), () -> of + ": of the next driver " + result.operations());
    assertFalse(stores.contains(Verdict.ALREADY_OPEN), of);
    for (Vmpl level : result.before().columns().keySet()) {
      int[] before = permissions(result.before(), level);
      int[] after = permissions(result.after(), level);
      int[] above = permissions(result.before(), party.level);
      for (int page = 0; page < before.length; page++) {
        boolean lower = party.level.above(level);
        int more = after[page] & ~(lower ? before[page] | above[page] : before[page]);
        assertEquals(0, more, of + ": " + level + " has more of page " + page);
        // What the guest kernel has rescinded is the guest's to do without.
        boolean less = lower || party == Party.KERNEL;
        assertTrue(less || after[page] == before[page], of + ": " + level + ", page " + page);
      }
    }
  }

  private static int[] permissions(RunResult.State state, Vmpl level) {
    int[] pages = new int[(24 << 20) / PageRange.PAGE_SIZE];
    for (Rmp.Run run : Objects.requireNonNull(state.columns().get(level))) {
      Arrays.fill(pages, run.range().firstPage(), run.range().endPage(), run.permissions());
    }
    return pages;
  }

  private static void assertNobodyMayWrite(RunResult result, PageRange range, String of) {
    for (Vmpl level : result.after().columns().keySet()) {
      int[] pages = permissions(result.after(), level);
      for (int page = range.firstPage(); page < range.endPage(); page++) {
        assertEquals(0, pages[page] & PagePermissions.WRITE, of + ": " + level);
      }
    }
  }

  private static void assertDisjoint(List<Ownership> map, String of) {
    List<Ownership> entries = new ArrayList<>(map);
    for (int i = 1; i < entries.size(); i++) {
      assertTrue(entries.get(i - 1).range().end() <= entries.get(i).range().start(), of);
    }
  }

  private static void fill(GuestMemory memory, PageRange range) {
    memory.slice(range.start(), range.length()).fill(PATTERN);
  }

  private static boolean isFilled(GuestMemory memory, PageRange range) {
    for (byte at : read(memory, range)) {
      if (at != PATTERN) {
        return false;
      }
    }
    return true;
  }

  private static long[] entries(GuestMemory memory, PageRange tables) {
    return LongStream.range(tables.start() / Long.BYTES, tables.end() / Long.BYTES)
        .map(i -> memory.getLong(i * Long.BYTES) & ~ACCESSED_AND_DIRTY)
        .toArray();
  }

  private static byte[] read(GuestMemory memory, PageRange range) {
    return memory.read(range.start(), (int) range.length());
  }
}
