// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.bindings.abi.kvmpl_driver;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a driver has arranged with the hypervisor and with VMPL0 ends with it: nothing of it is
 * there for the next driver of its level on the same processor, nor for the guest kernel.
 */
@RequiresKvm
class LeftBehindTest {
  private static final List<Long> UNREFUSED_AND_NOTHING_FOUND = List.of(0L, 0L);

  enum Arrangement {
    GHCB_PAGE(0),
    CALLING_AREA(1),
    VCPU(2),
    RESCINDED(3),
    INTERRUPTS(4),
    REGISTERS(5);

    private final long number;

    Arrangement(long number) {
      this.number = number;
    }
  }

  enum End {
    GIVES_BACK(0),
    TERMINATES(1),
    IS_DESTROYED(2);

    private final long number;

    End(long number) {
      this.number = number;
    }
  }

  static Stream<Arguments> cases() {
    return Stream.of(Arrangement.values())
        .flatMap(
            what ->
                Stream.of(End.values())
                    .flatMap(
                        end ->
                            Stream.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3)
                                .flatMap(
                                    level ->
                                        Stream.of(0, 1)
                                            // The guest kernel takes vCPUs of other processors.
                                            .filter(on -> on != 0 || end != End.IS_DESTROYED)
                                            .map(on -> Arguments.of(what, end, level, on)))));
  }

  /** The last pages of a level's memory, in which nothing else is. */
  private static long scratch(Vmpl level) {
    return switch (level) {
      case VMPL0 -> throw new IllegalArgumentException("drivers are below VMPL0");
      case VMPL1 -> 0x3f0000;
      case VMPL2 -> 0x5f0000;
      case VMPL3 -> 0x7f0000;
    };
  }

  /** Set where the CPU keeps a guest's breakpoints for whoever comes after it, as QEMU's does. */
  private static final String NO_BREAKPOINTS = "KVMPL_NO_BREAKPOINTS";

  /** Where the structure of a machine's driver is; both are at one level. */
  private static long structure(Vmpl level, int index) {
    long base = level == Vmpl.VMPL1 ? 0 : scratch(level) - 0x1f0000;
    return base + 0x30000 + index * kvmpl_driver.sizeof();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatADriverArranges_endsWithIt(Arrangement what, End end, Vmpl level, int processor) {
    List<Integer> where = List.of(processor);
    long first = scratch(level);
    TestMachine.Builder machine =
        TestMachine.with()
            .withoutOthers()
            .driver(
                Payloads.driver("arranges"),
                level,
                where,
                what.number,
                end.number,
                first,
                first + 0x1000,
                FREE,
                0L)
            .driver(Payloads.driver("finds"), level, where, first, first + 0x1000, FREE);
    if (processor != 0) { // the built-in kernel starts all that are elsewhere at once
      boolean destroys = end == End.IS_DESTROYED;
      machine.kernel(Payloads.kernel(destroys ? "destroys_when_ready" : "starts_in_turn"));
    }
    try (TestMachine built = machine.build()) {
      GuestMemory memory = built.memory();
      if (System.getenv(NO_BREAKPOINTS) == null) {
        long entry = memory.getLong(structure(level, 1) + kvmpl_driver.entry$offset());
        memory.putLong(
            structure(level, 0) + kvmpl_driver.arguments$offset() + 5L * Long.BYTES, entry);
      }

      RunResult result = built.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(UNREFUSED_AND_NOTHING_FOUND, result.driverStatus());
      assertEquals(result.before().columns(), result.after().columns());
    }
  }

  /** It takes the page faults of the next driver. */
  @Test
  void guestKernel_hasItsOwnRegistersAfterADriver() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .detection(Detection.FAULT)
            .driver(Payloads.driver("arranges"), Arrangement.REGISTERS.number, 0L, 0L, 0L, 0L, 0L)
            .driver(BuiltInPayload.STORE, FREE, 8L, 0x42L)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0L, 0L), result.driverStatus());
      assertEquals(0x42, machine.memory().getLong(FREE));
    }
  }

  @Test
  void guestKernel_findsItsOwnAnswerInTheMsrAfterADriver() {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("reads_msr"))
            .driver(Payloads.driver("asks_msr"), 0x080L)
            .driver(BuiltInPayload.STORE)
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0x23081L, 0L), result.driverStatus());
    }
  }
}
