// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.tests.support.GuestCode;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The table of docs/security.md, as it comes out on this host: what the machine does exactly, and
 * over what it ends.
 */
@RequiresKvm
class ExactnessTest {
  private static final long PAGE_END = FREE + PageRange.PAGE_SIZE;
  private static final long SECRET = 0x5ec4e7;
  private static final PageRange HIDDEN = new PageRange(FREE, FREE + 4 * PageRange.PAGE_SIZE);
  private static final String HOST = Host.detect().module();

  /** What a run came to. */
  private enum Outcomes {
    EXACT,
    ENDS;

    static Outcomes of(RunResult result, Runnable assertExact) {
      if (result.outcome() == Outcome.COMPLETED) {
        assertExact.run();
        return EXACT;
      }
      assertEquals(Outcome.FAILED, result.outcome(), result.message());
      assertFalse(result.message().isEmpty());
      return ENDS;
    }
  }

  /** The table's rows by their first column, each with its runs. */
  private static final Map<String, Function<Way, Stream<Outcomes>>> ROWS = new LinkedHashMap<>();

  static {
    ROWS.put(
        "a store in a page",
        way ->
            Stream.of(
                allowed(way, StoreOfForm.MOV_8, FREE, 0),
                allowed(way, StoreOfForm.MOV_8, PAGE_END - 8, PAGE_END),
                refused(way, StoreOfForm.MOV_4, RESTRICTED.start() + 0x100, 0)));
    ROWS.put(
        "a store of 16 bytes in a page",
        way ->
            Stream.of(
                allowed(way, StoreOfForm.MOVUPS, FREE, 0),
                refused(way, StoreOfForm.MOVUPS, RESTRICTED.start() + 0x100, 0)));
    ROWS.put(
        "a store across a page's end, both pages closed",
        way ->
            Stream.of(
                allowed(way, StoreOfForm.MOV_8, PAGE_END - 3, 0),
                refused(way, StoreOfForm.MOV_8, RESTRICTED.start() - 3, 0),
                refused(way, StoreOfForm.MOV_8, RESTRICTED.end() - 3, 0)));
    ROWS.put(
        "the same, one page open before, allowed",
        way ->
            Stream.of(
                allowed(way, StoreOfForm.MOV_8, PAGE_END - 3, FREE),
                allowed(way, StoreOfForm.MOV_8, PAGE_END - 3, PAGE_END + 0x800)));
    ROWS.put(
        "the same, one page open before, refused",
        way ->
            Stream.of(
                refused(
                    way, StoreOfForm.MOV_8, RESTRICTED.start() - 3, RESTRICTED.start() - 0x800)));
    ROWS.put(
        "a store of 16 bytes across a page's end, one page open before, refused",
        way ->
            Stream.of(
                refused(
                    way, StoreOfForm.MOVUPS, RESTRICTED.start() - 8, RESTRICTED.start() - 0x800)));
    ROWS.put(
        "a read-modify-write in a page",
        way ->
            Stream.of(
                allowed(way, StoreOfForm.XADD, FREE, 0),
                allowed(way, StoreOfForm.XCHG, PAGE_END - 8, PAGE_END),
                refused(way, StoreOfForm.LOCK_ADD, RESTRICTED.start() + 0x100, 0)));
    ROWS.put(
        "a read-modify-write across a page's end, one page open before, allowed",
        way -> Stream.of(allowed(way, StoreOfForm.ADD, PAGE_END - 3, FREE)));
    ROWS.put(
        "a read-modify-write by several processors at once",
        way ->
            Stream.of(
                race(way, FirstTouchTest.Operation.XADD),
                race(way, FirstTouchTest.Operation.XCHG),
                race(way, FirstTouchTest.Operation.BTS)));
    ROWS.put(
        "the same, of the carry flag", way -> Stream.of(race(way, FirstTouchTest.Operation.ADC)));
    ROWS.put(
        "a store that KVM's emulator does not know, allowed",
        way -> Stream.of(allowed(way, StoreOfForm.MOVQ, FREE, 0)));
    ROWS.put(
        "a store that KVM's emulator does not know, refused",
        way -> Stream.of(refused(way, StoreOfForm.MOVQ, RESTRICTED.start(), 0)));
    ROWS.put(
        "a copy from hidden memory to a closed page",
        way ->
            Stream.of(
                copied(way, FREE, FREE + 0x8000, true),
                copied(way, RESTRICTED.start(), FREE + 0x8000, false),
                copied(way, FREE, RESTRICTED.end() - 8, false)));
    ROWS.put(
        "a read of hidden memory",
        way ->
            Stream.of(
                operation(way, Abi.KVMPL_ACCESS_READ(), FREE + 8, 0),
                operation(way, Abi.KVMPL_ACCESS_READ(), RESTRICTED.start() + 8, 1)));
    ROWS.put(
        "a fetch from hidden memory",
        way ->
            Stream.of(
                operation(way, Abi.KVMPL_ACCESS_EXECUTE(), FREE, 0),
                operation(way, Abi.KVMPL_ACCESS_EXECUTE(), RESTRICTED.start(), 1)));
  }

  /** By what permissions bind, and who detects; what is granted is open at once. */
  record Way(EnforcementKind enforcement, Detection detection) {
    TestMachine.Builder machine() {
      return TestMachine.with().enforcement(enforcement).detection(detection).grant(GrantKind.PAGE);
    }
  }

  private static TestMachine storing(Way way, StoreOfForm form, long to, long opened) {
    return way.machine()
        .driver(Payloads.driver("executes"), form.code(to).opening(opened, 0))
        .build();
  }

  private static Outcomes allowed(Way way, StoreOfForm form, long to, long opened) {
    try (TestMachine machine = storing(way, form, to, opened)) {
      return Outcomes.of(
          machine.run(),
          () -> assertArrayEquals(form.stored(), machine.memory().read(to, form.size())));
    }
  }

  private static Outcomes refused(Way way, StoreOfForm form, long to, long opened) {
    try (TestMachine machine = storing(way, form, to, opened)) {
      RunResult result = machine.run();
      return Outcomes.of(
          result,
          () -> {
            assertTrue(result.operations().stream().anyMatch(o -> !o.verdict().done()));
            assertArrayEquals(new byte[form.size()], machine.memory().read(to, form.size()));
          });
    }
  }

  /** An operation of which a number of the driver's is refused. */
  private static Outcomes operation(Way way, int access, long gpa, long refused) {
    long data = access == Abi.KVMPL_ACCESS_READ() ? SECRET : 0;
    try (TestMachine machine =
        way.machine()
            .hidden(HIDDEN, RESTRICTED)
            .driver(BuiltInPayload.OPERATE, (long) access, gpa, 8L, data)
            .build()) {
      machine.memory().putLong(FREE + 8, SECRET);
      machine.memory().putLong(RESTRICTED.start() + 8, SECRET);
      machine.memory().write(FREE, new byte[] {(byte) 0xc3}); // ret
      machine.memory().write(RESTRICTED.start(), new byte[] {(byte) 0xc3});
      RunResult result = machine.run();
      return Outcomes.of(result, () -> assertEquals(List.of(0L, refused), result.driverStatus()));
    }
  }

  /** What {@code movs} copies, both places closed before. */
  private static Outcomes copied(Way way, long from, long to, boolean allowed) {
    try (TestMachine machine =
        way.machine()
            .hidden(HIDDEN, RESTRICTED)
            .driver(
                Payloads.driver("executes"),
                new GuestCode()
                    .set(GuestCode.RSI, from)
                    .set(GuestCode.RDI, to)
                    .raw("48 a5")
                    .opening(0, 0))
            .build()) {
      machine.memory().putLong(from, SECRET);
      return Outcomes.of(
          machine.run(), () -> assertEquals(allowed ? SECRET : 0, machine.memory().getLong(to)));
    }
  }

  private static Outcomes race(Way way, FirstTouchTest.Operation operation) {
    RunResult result = FirstTouchTest.race(way.enforcement(), 2, operation, 8, 0x40);
    return Outcomes.of(result, () -> assertEquals(0, result.driverStatus().getLast()));
  }

  /** A row of the table: what, with which detection, and what comes of it in each host's column. */
  record Documented(String operation, Way way, Map<String, String> hosts) {
    @Override
    public String toString() {
      return operation + ", " + way.enforcement() + ", " + way.detection();
    }
  }

  private static List<Documented> documented() throws IOException {
    String text;
    try (InputStream in = ExactnessTest.class.getResourceAsStream("security.md")) {
      text = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
    List<List<String>> table =
        text.lines()
            .dropWhile(line -> !line.startsWith("| operation | enforcement | detection |"))
            .takeWhile(line -> line.startsWith("|"))
            .map(line -> Arrays.stream(line.split("\\|", -1)).map(String::strip).toList())
            .toList();
    List<Documented> rows = new ArrayList<>();
    for (List<String> row : table.subList(2, table.size())) {
      Map<String, String> hosts = new LinkedHashMap<>();
      for (int i = 4; i < row.size() - 1; i++) {
        hosts.put(table.getFirst().get(i), row.get(i));
      }
      for (String enforcement : row.get(2).split(", ", -1)) {
        for (String detection : row.get(3).split(", ", -1)) {
          Way way =
              new Way(
                  EnforcementKind.valueOf(enforcement.toUpperCase(Locale.ROOT)),
                  Detection.valueOf(detection.toUpperCase(Locale.ROOT)));
          rows.add(new Documented(row.get(1), way, hosts));
        }
      }
    }
    return rows;
  }

  @Test
  void table_hasEveryRow_andNoOther() throws IOException {
    Set<String> rows = new LinkedHashSet<>();
    documented().forEach(row -> rows.add(row.operation()));

    assertEquals(ROWS.keySet(), rows);
    assertEquals(
        documented().size(), documented().stream().map(Object::toString).distinct().count());
    for (EnforcementKind kind : EnforcementKind.values()) {
      Set<String> ofKind = new LinkedHashSet<>();
      documented().stream()
          .filter(row -> row.way().enforcement() == kind)
          .forEach(row -> ofKind.add(row.operation()));
      assertEquals(rows, ofKind);
    }
  }

  @ParameterizedTest
  @MethodSource("documented")
  void whatComesOfIt_isInThisHostsColumn(Documented row) {
    Set<Outcomes> found = EnumSet.noneOf(Outcomes.class);
    Objects.requireNonNull(ROWS.get(row.operation())).apply(row.way()).forEach(found::add);

    String expected = row.hosts().get(HOST);
    switch (expected) {
      case "exact" -> assertEquals(EnumSet.of(Outcomes.EXACT), found);
      case "ends" -> assertEquals(EnumSet.of(Outcomes.ENDS), found);
      case "exact or ends" -> assertFalse(found.isEmpty()); // the machine has said which
      case null, default -> throw new AssertionError(HOST + ": " + expected);
    }
  }
}
