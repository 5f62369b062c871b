// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.spec.Driver;
import dev.kvmpl.tests.machine.InterleavedModel.Page;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Grants, RMPADJUST, PVALIDATE, hand-overs, starts and ends of drivers on four processors in a
 * random order: what each operation results in, what is in the permissions database afterwards, and
 * what levels can write, is what {@link InterleavedModel} says.
 */
@RequiresKvm
class InterleavedGrantsTest {
  private static final int LENGTH = 200;
  private static final PageRange LARGE =
      new PageRange(InterleavedProgram.LARGE, InterleavedProgram.LARGE + (2 << 20));

  /** As many machines of each kind as wanted, or the one that is named. */
  static LongStream seeds() {
    Long seed = Long.getLong("kvmpl.interleaving.seed");
    return seed != null
        ? LongStream.of(seed)
        : new Random(1).longs(Integer.getInteger("kvmpl.interleaving.machines", 3));
  }

  private static TestMachine machine() {
    TestMachine.Builder builder =
        TestMachine.with().withoutOthers().kernel(Payloads.kernel("interleaves"));
    for (int processor = 1; processor <= 3; processor++) {
      for (boolean unload : new boolean[] {false, true}) {
        builder.driver(
            Driver.named("interleaved", Payloads.driver("interleaves"))
                .level(Vmpl.of(processor))
                .processors(List.of(processor))
                .unload(unload)
                .build());
      }
    }
    return builder.build().withLargeEntries(LARGE);
  }

  /** One after the other: everything is known. */
  @ParameterizedTest
  @MethodSource("seeds")
  void operationsInAnyOrder_doWhatTheModelDoes(long seed) {
    InterleavedProgram program = new InterleavedProgram(seed, LENGTH, false);
    try (TestMachine machine = machine()) {
      RunResult result = run(machine, program, seed);

      long asked = result.steps().stream().filter(step -> step.step() == Step.EXIT1).count();
      assertEquals(program.model.exits, asked, () -> "seed " + seed);
    }
  }

  /** Whoever does nothing else passes on what its level has, while grants are opened and closed. */
  @ParameterizedTest
  @MethodSource("seeds")
  void levelsThatPassOnAllTheTime_keepNothingOfAGrant(long seed) {
    InterleavedProgram program = new InterleavedProgram(seed, LENGTH, true);
    try (TestMachine machine = machine()) {
      run(machine, program, seed);
    }
  }

  private static RunResult run(TestMachine machine, InterleavedProgram program, long seed) {
    program.write(machine.memory());
    RunResult result = machine.run();

    assertEquals(
        Outcome.COMPLETED, result.outcome(), () -> "seed %d: %s".formatted(seed, result.message()));
    for (int i = 0; i < program.ops.size(); i++) {
      InterleavedProgram.Op op = program.ops.get(i);
      long got = program.result(machine.memory(), i);
      assertTrue(
          op.expected().contains(got),
          "seed %d: operation %d came to %#x: %s".formatted(seed, i, got, op));
    }
    for (int i = 0; i < InterleavedProgram.PAGES.size(); i++) {
      long gpa = InterleavedProgram.PAGES.get(i);
      Page page = program.model.pages.get(i);
      for (int level = 1; level < InterleavedModel.LEVELS; level++) {
        assertEquals(
            page.valid ? page.has[level] : PagePermissions.NONE,
            permissions(result, Vmpl.of(level), gpa),
            "seed %d: page %#x, VMPL%d".formatted(seed, gpa, level));
      }
      assertEquals(page.owner, owner(result, gpa), "seed %d: page %#x".formatted(seed, gpa));
      assertTrue(
          page.contents.contains(machine.memory().getLong(gpa)),
          "seed %d: page %#x has %#x, not %s"
              .formatted(seed, gpa, machine.memory().getLong(gpa), page.contents));
    }
    return result;
  }

  private static int permissions(RunResult result, Vmpl level, long gpa) {
    return result.after().columns().getOrDefault(level, List.of()).stream()
        .filter(run -> run.range().start() <= gpa && gpa < run.range().end())
        .mapToInt(Rmp.Run::permissions)
        .findFirst()
        .orElse(PagePermissions.NONE);
  }

  private static int owner(RunResult result, long gpa) {
    return result.after().ownership().stream()
        .filter(entry -> entry.range().start() <= gpa && gpa < entry.range().end())
        .mapToInt(Ownership::driver)
        .findFirst()
        .orElse(0);
  }
}
