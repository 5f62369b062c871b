// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.DRIVER;
import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.OTHERS;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.bindings.abi.kvmpl_boot_info;
import dev.kvmpl.bindings.abi.kvmpl_codebase;
import dev.kvmpl.bindings.abi.kvmpl_codebase_range;
import dev.kvmpl.bindings.abi.kvmpl_codebases;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Codebases decide, each for its own ranges, as long as it is what was loaded. */
@RequiresKvm
class CodebasesTest {
  private static final PageRange ALL = new PageRange(0x1000000, 0x1800000);
  private static final PageRange LOW = new PageRange(0x1000000, FREE + 0x1000);
  private static final PageRange HIGH = new PageRange(FREE + 0x1000, 0x1800000);

  private static final long BOOT_INFO = 0x81000; // of the first processor, in VMPL0's area

  private static PayloadImage builtIn(BuiltInPayload payload) {
    return Payloads.builtIn(payload);
  }

  private static TestMachine storing(PayloadImage codebase, PageRange decides, long... to) {
    Long[] stores =
        Arrays.stream(to)
            .boxed()
            .flatMap(gpa -> List.of(gpa, 8L, 0x42L).stream())
            .toArray(Long[]::new);
    return TestMachine.with()
        .codebase(codebase, decides)
        .driver(BuiltInPayload.STORE, stores)
        .build();
  }

  private static List<Verdict> verdicts(RunResult result) {
    assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    return result.operations().stream().map(Operation::verdict).toList();
  }

  private static long registry(GuestMemory memory) {
    return memory.getLong(Abi.KVMPL_VMPL0_BASE() + BOOT_INFO + kvmpl_boot_info.codebases$offset());
  }

  /** Of the codebase that was loaded first. */
  private static long image(GuestMemory memory) {
    return memory.getLong(
        registry(memory) + kvmpl_codebases.entries$offset() + kvmpl_codebase.image$offset());
  }

  private static long size(GuestMemory memory) {
    return memory.getLong(
        registry(memory) + kvmpl_codebases.entries$offset() + kvmpl_codebase.size$offset());
  }

  @Test
  void store_isLookedUpObtainedAndExecuted_beforeItIsDecided() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .codebase(builtIn(BuiltInPayload.DENY), HIGH)
            .codebase(builtIn(BuiltInPayload.RANGES), LOW)
            .driver(BuiltInPayload.STORE, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      List<StepEvent> validators =
          result.steps().stream().filter(event -> event.vmpl() == 0).toList();
      assertEquals(
          List.of(
              Step.LOOKUP,
              Step.OBTAIN,
              Step.EXECUTE,
              Step.RESTRICTED,
              Step.OWNER,
              Step.DESIGNATE,
              Step.ADJUST,
              Step.IRQ,
              Step.EXIT2),
          validators.stream().map(StepEvent::step).toList());
      // Obtained and executed is the one that the look-up has found.
      assertEquals(2, validators.get(1).data());
      assertEquals(2, validators.get(2).data());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void codebaseWithTheStandardDecision_decidesAsTheValidatorDoes() {
    try (TestMachine machine =
        storing(
            builtIn(BuiltInPayload.RANGES), ALL, FREE, RESTRICTED.start(), OTHERS.start(), FREE)) {
      RunResult result = machine.run();

      assertEquals(
          List.of(
              Verdict.ALLOWED, Verdict.RESTRICTED, Verdict.OWNED_BY_OTHER, Verdict.ALREADY_OPEN),
          verdicts(result));
      assertEquals(1, result.operations().get(2).owner());
    }
  }

  @Test
  void eachCodebase_decidesForItsOwnRanges() {
    try (TestMachine machine =
        TestMachine.with()
            .codebase(builtIn(BuiltInPayload.RANGES), LOW)
            .codebase(builtIn(BuiltInPayload.DENY), HIGH)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, FREE + 0x1000, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.ALLOWED, Verdict.RESTRICTED), verdicts(result));
      assertEquals(0, machine.memory().getLong(FREE + 0x1000));
    }
  }

  @Test
  void codebaseThatGivesNothingAway_letsADriverHaveItsOwn() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .codebase(builtIn(BuiltInPayload.OWNED), ALL)
            .driver(BuiltInPayload.STORE, List.of(OTHERS), OTHERS.start(), 8L, 1L, FREE, 8L, 2L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.ALLOWED, Verdict.RESTRICTED), verdicts(result));
      assertEquals(0, machine.memory().getLong(FREE));
    }
  }

  /** Neither in the gap between ranges nor below kernel memory. */
  @ParameterizedTest
  @ValueSource(longs = {FREE, FREE + 0x2000, 0x1700000, 0x800000, 0xf10000})
  void addressForWhichNoCodebaseDecides_isRefused(long gpa) {
    try (TestMachine machine =
        TestMachine.with()
            .codebase(
                builtIn(BuiltInPayload.RANGES),
                new PageRange(0x1000000, FREE),
                new PageRange(FREE + 0x1000, FREE + 0x2000))
            .driver(BuiltInPayload.STORE, gpa, 8L, 0x6b6b6b6b6b6b6b6bL)
            .build()) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.NO_CODEBASE), verdicts(result));
      assertEquals(List.of(0L, 1L), result.driverStatus());
      assertNotEquals(0x6b6b6b6b6b6b6b6bL, machine.memory().getLong(gpa));
      assertEquals(result.before(), result.after());
      assertEquals(
          List.of(Step.LOOKUP, Step.ERROR, Step.IRQ, Step.EXIT2),
          result.steps().stream().filter(event -> event.vmpl() == 0).map(StepEvent::step).toList());
    }
  }

  @Test
  void identifierThatNoCodebaseHas_isRefused() {
    try (TestMachine machine = storing(builtIn(BuiltInPayload.RANGES), ALL, FREE)) {
      GuestMemory memory = machine.memory();
      memory.putLong(
          registry(memory)
              + kvmpl_codebases.ranges$offset()
              + kvmpl_codebase_range.codebase$offset(),
          99);

      RunResult result = machine.run();

      assertEquals(List.of(Verdict.UNKNOWN_CODEBASE), verdicts(result));
      assertEquals(0, memory.getLong(FREE));
      assertEquals(result.before(), result.after());
      assertEquals(
          0, result.steps().stream().filter(event -> event.step() == Step.EXECUTE).count());
    }
  }

  /** One bit of one byte: of the first, of one in the middle, of the last. */
  @ParameterizedTest
  @CsvSource({"0", "0.25", "0.5", "1"})
  void codebaseWithAChangedByte_isNotExecuted_andLetsNothingThrough(double where) {
    try (TestMachine machine =
        TestMachine.with()
            .codebase(builtIn(BuiltInPayload.RANGES), LOW)
            .codebase(builtIn(BuiltInPayload.OWNED), HIGH)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L, FREE - 0x1000, 8L, 1L)
            .driver(
                BuiltInPayload.STORE,
                List.of(new PageRange(HIGH.start(), HIGH.start() + 4096)),
                HIGH.start(),
                8L,
                2L)
            .build()) {
      GuestMemory memory = machine.memory();
      long changed = image(memory) + (long) ((size(memory) - 1) * where);
      memory.write(changed, new byte[] {(byte) (memory.getByte(changed) ^ 0x10)});

      RunResult result = machine.run();

      // The other codebase is none the worse for it.
      assertEquals(
          List.of(Verdict.MEASUREMENT, Verdict.MEASUREMENT, Verdict.ALLOWED), verdicts(result));
      assertEquals(0, memory.getLong(FREE));
      assertEquals(0, memory.getLong(FREE - 0x1000));
      assertEquals(2, memory.getLong(HIGH.start()));
      assertEquals(List.of(0L, 2L, 0L), result.driverStatus());
      assertEquals(
          1, result.steps().stream().filter(event -> event.step() == Step.EXECUTE).count());
    }
  }

  /** An image elsewhere, of another size, with an entry outside: the registry is not followed. */
  @ParameterizedTest
  @CsvSource({"8, 0x1100000", "8, -1", "16, -1", "16, 0", "24, 0x1100000", "24, 0"})
  void registeredImageThatCannotBe_isNotExecuted(long field, String value) {
    try (TestMachine machine = storing(builtIn(BuiltInPayload.RANGES), ALL, FREE)) {
      GuestMemory memory = machine.memory();
      memory.putLong(
          registry(memory) + kvmpl_codebases.entries$offset() + field, Long.decode(value));

      assertEquals(List.of(Verdict.MEASUREMENT), verdicts(machine.run()));
      assertEquals(0, memory.getLong(FREE));
    }
  }

  @Test
  void codebaseThatSaysYes_cannotGiveAwayWhatIsAnothers() {
    try (TestMachine machine =
        storing(Payloads.codebase("allows"), ALL, FREE, OTHERS.start() + 0x3000)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER), verdicts(result));
      assertEquals(0, machine.memory().getLong(OTHERS.start() + 0x3000));
    }
  }

  @Test
  void codebaseThatAnswersNonsense_letsNothingThrough() {
    try (TestMachine machine = storing(Payloads.codebase("answers_nonsense"), ALL, FREE)) {
      RunResult result = machine.run();

      assertEquals(List.of(Verdict.INVALID_ANSWER), verdicts(result));
      assertEquals(0, machine.memory().getLong(FREE));
      assertEquals(result.before(), result.after());
    }
  }

  @Test
  void registryAndCodebases_cannotBeWrittenByADriver() {
    try (TestMachine first = storing(builtIn(BuiltInPayload.RANGES), ALL, FREE)) {
      long registry = registry(first.memory());
      long image = image(first.memory());
      try (TestMachine machine =
          storing(builtIn(BuiltInPayload.RANGES), ALL, registry, registry + 0x500, image, FREE)) {
        byte[] before = machine.memory().read(registry, 0x7000);
        byte[] code = machine.memory().read(image, 4096);

        RunResult result = machine.run();

        assertEquals(
            List.of(Verdict.NO_CODEBASE, Verdict.NO_CODEBASE, Verdict.NO_CODEBASE, Verdict.ALLOWED),
            verdicts(result));
        assertEquals(
            List.of(Arrays.hashCode(before), Arrays.hashCode(code)),
            List.of(
                Arrays.hashCode(machine.memory().read(registry, 0x7000)),
                Arrays.hashCode(machine.memory().read(image, 4096))));
      }
    }
  }

  @Test
  void registryAndCodebases_cannotBeReadByADriver() {
    try (TestMachine first = storing(builtIn(BuiltInPayload.RANGES), ALL)) {
      long registry = registry(first.memory());
      long image = image(first.memory());
      try (TestMachine machine =
          TestMachine.with()
              .codebase(builtIn(BuiltInPayload.RANGES), ALL)
              .driver(Payloads.driver("reads"), registry)
              .driver(Payloads.driver("reads"), image)
              .build()) {
        RunResult result = machine.run();

        assertEquals(List.of(Verdict.NO_CODEBASE, Verdict.NO_CODEBASE), verdicts(result));
        long status = TestMachine.PENDING ? Verdict.NO_CODEBASE.code() : 0;
        assertEquals(List.of(0L, status, status), result.driverStatus());
      }
    }
  }

  @Test
  void payloadThatCanBeWritten_isNoCodebase() {
    assertThrows(
        IllegalArgumentException.class,
        () -> TestMachine.with().codebase(builtIn(BuiltInPayload.STORE), ALL));
  }

  @Test
  void machineWithoutCodebases_takesNoSuchSteps() {
    try (TestMachine machine = TestMachine.storing(FREE, 8L, 1L)) {
      RunResult result = machine.run();

      assertEquals(0, registry(machine.memory()));
      assertEquals(
          0,
          result.steps().stream()
              .filter(e -> List.of(Step.LOOKUP, Step.OBTAIN, Step.EXECUTE).contains(e.step()))
              .count());
      assertEquals(DRIVER, result.operations().getFirst().owner());
    }
  }
}
