// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.GuestCode.RDI;
import static dev.kvmpl.tests.support.GuestCode.RSI;
import static dev.kvmpl.tests.support.GuestCode.RSP;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.GuestCode;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Instructions that load from one place and store to another: both are judged before it is done.
 */
@RequiresKvm
class TwoOperandsTest {
  private static final long SECRET = 0x5ec4e70011223344L;
  private static final long FROM = FREE + 0x40;
  private static final long TO = FREE + 0x8080;
  private static final PageRange HIDDEN = new PageRange(FREE, FREE + 2 * PageRange.PAGE_SIZE);

  /** By where it loads from and where it stores to. */
  @SuppressWarnings("ImmutableEnumChecker") // nobody changes a lambda
  enum Instruction {
    MOVS((from, to) -> new GuestCode().set(RSI, from).set(RDI, to).raw("48 a5")),
    MOVS_REPEATED(
        (from, to) ->
            new GuestCode().set(GuestCode.RCX, 1).set(RSI, from).set(RDI, to).raw("f3 48 a5")),
    PUSH((from, to) -> new GuestCode().set(RSI, from).set(RSP, to + 8).raw("ff 36")),
    POP((from, to) -> new GuestCode().set(RDI, to).set(RSP, from).raw("8f 07"));

    private final BiFunction<Long, Long, GuestCode> code;

    Instruction(BiFunction<Long, Long, GuestCode> code) {
      this.code = code;
    }
  }

  private static Stream<Arguments> instructions() {
    return Arrays.stream(EnforcementKind.values())
        .flatMap(
            kind ->
                Arrays.stream(Instruction.values())
                    .map(instruction -> Arguments.of(kind, instruction)));
  }

  private static TestMachine machine(
      EnforcementKind kind, Instruction instruction, long from, long to) {
    TestMachine machine =
        TestMachine.with()
            .enforcement(kind)
            .hidden(HIDDEN, RESTRICTED)
            .driver(Payloads.driver("executes"), instruction.code.apply(from, to).opening(0, 0))
            .build();
    machine.memory().putLong(from, SECRET);
    return machine;
  }

  private static List<String> judged(RunResult result) {
    return result.operations().stream()
        .map(operation -> operation.access() + " " + Long.toHexString(operation.gpa()))
        .toList();
  }

  private static String access(Access access, long gpa) {
    return access + " " + Long.toHexString(gpa);
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void bothAllowed_itIsDone(EnforcementKind kind, Instruction instruction) {
    try (TestMachine machine = machine(kind, instruction, FROM, TO)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(access(Access.READ, FROM), access(Access.WRITE, TO)), judged(result));
      assertEquals(SECRET, machine.memory().getLong(TO));
    }
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void storeRefused_nothingIsStored(EnforcementKind kind, Instruction instruction) {
    long to = RESTRICTED.start() + 0x80;
    try (TestMachine machine = machine(kind, instruction, FROM, to)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      Operation refused = result.operations().getLast();
      assertEquals(Verdict.RESTRICTED, refused.verdict());
      assertEquals(access(Access.WRITE, to), judged(result).getLast());
      assertEquals(0, machine.memory().getLong(to));
    }
  }

  @ParameterizedTest
  @MethodSource("instructions")
  void loadRefused_noneOfItIsStored(EnforcementKind kind, Instruction instruction) {
    long from = RESTRICTED.start() + 0x80;
    try (TestMachine machine = machine(kind, instruction, from, TO)) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(access(Access.READ, from), judged(result).getFirst());
      assertEquals(Verdict.RESTRICTED, result.operations().getFirst().verdict());
      assertEquals(0, machine.memory().getLong(TO));
    }
  }
}
