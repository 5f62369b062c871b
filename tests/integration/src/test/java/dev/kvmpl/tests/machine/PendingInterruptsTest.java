// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Interrupts that a guest asks for while it can take none. */
@RequiresKvm
class PendingInterruptsTest {
  /** The lowest vector, so the last; the payloads ask for it once more when it has come. */
  private static final int LAST = 32;

  private static final long INTERRUPTS_OFF = 0;
  private static final long INTERRUPTS_ON = 1;

  /** As drivers/takes_interrupts.c wants them, for these and LAST. */
  private static Long[] arguments(long whether, List<Integer> requested) {
    List<Integer> vectors = new ArrayList<>(requested);
    vectors.add(LAST);
    List<Long> arguments = new ArrayList<>(List.of(FREE, whether, (long) vectors.size()));
    for (int i = 0; i < vectors.size(); i += Long.BYTES) {
      long word = 0;
      for (int j = i; j < Math.min(i + Long.BYTES, vectors.size()); j++) {
        word |= (long) vectors.get(j) << ((j - i) * Byte.SIZE);
      }
      arguments.add(word);
    }
    return arguments.toArray(Long[]::new);
  }

  /** What comes at a driver that asks for these, without the LAST that it adds, twice. */
  private static List<Integer> taken(
      Vmpl level, int processor, long whether, List<Integer> requested) {
    try (TestMachine machine =
        TestMachine.with()
            .driver(
                Payloads.driver("takes_interrupts"),
                level,
                List.of(processor),
                arguments(whether, requested))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      int count = Math.toIntExact(result.driverStatus().getLast());
      List<Integer> taken =
          IntStream.range(0, count)
              .mapToObj(i -> machine.memory().getByte(FREE + i) & 0xff)
              .toList();
      assertEquals(List.of(LAST, LAST), taken.subList(count - 2, count), taken::toString);
      return taken.subList(0, count - 2);
    }
  }

  private static List<Integer> eachOnceTheHighestFirst(List<Integer> requested) {
    return List.copyOf(new TreeSet<>(requested).descendingSet());
  }

  /** Of each level, on the guest kernel's vCPU and on one of its own. */
  static Stream<Arguments> vcpus() {
    return Stream.of(Vmpl.VMPL1, Vmpl.VMPL2, Vmpl.VMPL3)
        .flatMap(level -> Stream.of(Arguments.of(level, 0), Arguments.of(level, 1)));
  }

  @ParameterizedTest
  @MethodSource("vcpus")
  void interruptsThatWait_comeOnceEach_theHighestFirst(Vmpl level, int processor) {
    List<Integer> requested = List.of(64, 255, 34, 200, 63, 64, 127, 200, 128, 33, 64, 191, 192);

    assertEquals(
        eachOnceTheHighestFirst(requested), taken(level, processor, INTERRUPTS_OFF, requested));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void interruptsThatWait_askedForAtRandom_comeOnceEach_theHighestFirst(long seed) {
    List<Integer> requested = new SplittableRandom(seed).ints(40, 33, 256).boxed().toList();

    assertEquals(
        eachOnceTheHighestFirst(requested), taken(Vmpl.VMPL1, 0, INTERRUPTS_OFF, requested));
  }

  @Test
  void everyVectorThatThereIs_waitsAtOnce() {
    List<Integer> requested = IntStream.range(33, 256).boxed().toList();

    assertEquals(
        eachOnceTheHighestFirst(requested), taken(Vmpl.VMPL2, 1, INTERRUPTS_OFF, requested));
  }

  /** The vCPUs of an image share its table, and each installs it when it starts. */
  @Test
  void tableOfGates_isWhole_whileAnotherVcpuInstallsIt() {
    try (TestMachine machine =
        TestMachine.with()
            .driver(Payloads.driver("steps_through_install"), Vmpl.VMPL2, List.of(1))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      long status = result.driverStatus().getLast();
      assertTrue((int) status > 200, status + " steps");
      assertEquals(0, status >>> 32, "instructions after which a gate was not there");
    }
  }

  @Test
  void interruptThatCanBeTaken_comesAtOnce_asOftenAsItIsAskedFor() {
    List<Integer> requested = List.of(64, 64, 255, 33, 64, 33);

    assertEquals(requested, taken(Vmpl.VMPL1, 0, INTERRUPTS_ON, requested));
  }

  /** On its own vCPU, or on another level's of the same processor. */
  @ParameterizedTest
  @EnumSource(names = {"VMPL1", "VMPL2"})
  void guestKernelsInterrupts_waitWhileADriverHasItsProcessor(Vmpl level) {
    try (TestMachine machine =
        TestMachine.with()
            .withoutOthers()
            .kernel(Payloads.kernel("takes_interrupts"))
            .driver(
                Payloads.driver("takes_interrupts"),
                arguments(INTERRUPTS_OFF, List.of(50, 200, 130, 50)))
            .driver(
                Payloads.driver("takes_interrupts"),
                level,
                List.of(0),
                arguments(INTERRUPTS_ON, List.of()))
            .build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
      assertEquals(List.of(0xc8_82_32_20_20L, 2L), result.driverStatus());
    }
  }

  /** A vCPU that starts beside others of its level comes to the same table, which they use. */
  @Test
  void vectorThatWasTaken_staysSo_whenTheTableIsInstalledAgain() {
    try (TestMachine machine =
        TestMachine.with().kernel(Payloads.kernel("installs_twice")).build()) {
      RunResult result = machine.run();

      assertEquals(Outcome.COMPLETED, result.outcome(), result.message());
    }
  }
}
