// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Detection fault: the driver's own store instruction is executed anew. */
@RequiresKvm
class FaultTest {
  private static TestMachine.Builder fault() {
    return TestMachine.with().detection(Detection.FAULT);
  }

  private static StepEvent only(RunResult result, Step step) {
    List<StepEvent> events = result.steps().stream().filter(event -> event.step() == step).toList();
    assertEquals(1, events.size());
    return events.getFirst();
  }

  @Test
  void instructionThatFaulted_isTheOneThatCompletes_andTheVmmStoresNothing() {
    try (TestMachine machine = fault().driver(BuiltInPayload.STORE, FREE, 8L, 0x42L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertNotEquals(0, only(result, Step.DETECT).rip());
      assertEquals(only(result, Step.DETECT).rip(), only(result, Step.COMPLETE).rip());
      assertEquals(0, TestMachine.caught(result)); // the only exit after which the VMM stores
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  /** What detection trap cannot complete: the second page's fault comes before its bytes. */
  @Test
  void storeAcrossAPagesEnd_isDoneWhole() {
    long at = FREE + PageRange.PAGE_SIZE - 3;
    try (TestMachine machine =
        fault().driver(BuiltInPayload.STORE, at, 8L, 0x1122334455667788L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(0x1122334455667788L, machine.memory().getLong(at));
      assertEquals(
          List.of(FREE, FREE + PageRange.PAGE_SIZE),
          result.operations().stream().map(o -> o.gpa() & -PageRange.PAGE_SIZE).toList());
    }
  }

  @Test
  void storeOf16Bytes_isDoneWhole() {
    try (TestMachine machine = fault().driver(Payloads.driver("stores_16_bytes"), FREE).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(-1, machine.memory().getLong(FREE));
      assertEquals(-1, machine.memory().getLong(FREE + 8));
    }
  }

  @Test
  void refusal_thatTheDriverIsNotReadyFor_endsTheDriver_andTheNextRuns() {
    try (TestMachine machine =
        fault()
            .driver(Payloads.driver("stores_plainly"), RESTRICTED.start(), 0x42L)
            .driver(BuiltInPayload.STORE, FREE, 8L, 1L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, Verdict.RESTRICTED.code(), 0L), result.driverStatus());
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
      assertEquals(1, machine.memory().getLong(FREE));
    }
  }

  @Test
  void plainStore_thatIsAllowed_goesOn() {
    try (TestMachine machine =
        fault().driver(Payloads.driver("stores_plainly"), FREE, 0x42L).build()) {
      RunResult result = machine.run();

      assertEquals(List.of(0L, 7L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  /** The guest kernel's tables detect, the slot enforces. */
  @Test
  void driverThatOpensTheTables_isCaughtByTheSlot() {
    try (TestMachine machine =
        fault().driver(Payloads.driver("opens_tables"), RESTRICTED.start(), 0x42L).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, Verdict.RESTRICTED.code()), result.driverStatus());
      assertEquals(1, TestMachine.caught(result));
      assertEquals(0, machine.memory().getLong(RESTRICTED.start()));
    }
  }

  private static final PageRange HIDDEN = new PageRange(FREE, FREE + 4 * PageRange.PAGE_SIZE);

  @Test
  void hiddenMemory_isDetectedForReadsAndFetches_andTheInstructionIsDoneAnew() {
    try (TestMachine machine =
        fault()
            .hidden(HIDDEN)
            .driver(
                BuiltInPayload.OPERATE,
                (long) Abi.KVMPL_ACCESS_READ(),
                FREE + 8,
                8L,
                0x42L,
                (long) Abi.KVMPL_ACCESS_EXECUTE(),
                FREE + 0x1000,
                1L,
                0L,
                (long) Abi.KVMPL_ACCESS_WRITE(),
                FREE + 0x2000,
                8L,
                7L)
            .build()) {
      machine.memory().putLong(FREE + 8, 0x42);
      machine.memory().write(FREE + 0x1000, new byte[] {(byte) 0xc3}); // ret
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(0, TestMachine.caught(result));
      assertEquals(
          List.of(Access.READ.number(), Access.EXECUTE.number(), Access.WRITE.number()),
          result.steps().stream()
              .filter(event -> event.step() == Step.DETECT)
              .map(StepEvent::access)
              .toList());
      assertEquals(7, machine.memory().getLong(FREE + 0x2000));
    }
  }

  @Test
  void hiddenMemory_isHiddenAgainFromTheNextDriver() {
    try (TestMachine machine =
        fault()
            .hidden(HIDDEN)
            .driver(BuiltInPayload.OPERATE, (long) Abi.KVMPL_ACCESS_READ(), FREE, 8L, 0L)
            .driver(BuiltInPayload.OPERATE, (long) Abi.KVMPL_ACCESS_READ(), FREE, 8L, 0L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(
          List.of(Verdict.ALLOWED, Verdict.OWNED_BY_OTHER),
          result.operations().stream().map(Operation::verdict).toList());
      assertEquals(2, result.steps().stream().filter(event -> event.step() == Step.DETECT).count());
    }
  }

  /** More large pages than the guest kernel has tables to split: the slot detects the rest. */
  @Test
  void pagesAllOverMemory_areAllJudged() {
    Long[] stores =
        LongStream.range(0, 4)
            .boxed()
            .flatMap(i -> Stream.of(0x1000000 + i * 0x200000 + 0x100000, 8L, i + 1))
            .toArray(Long[]::new);
    try (TestMachine machine = fault().driver(BuiltInPayload.STORE, stores).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(4, result.operations().size());
    }
  }
}
