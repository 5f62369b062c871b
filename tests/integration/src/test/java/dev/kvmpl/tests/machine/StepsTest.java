// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.machine;

import static dev.kvmpl.tests.support.TestMachine.FREE;
import static dev.kvmpl.tests.support.TestMachine.RESTRICTED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.machine.RunResult;
import dev.kvmpl.payloads.BuiltInPayload;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Steps of one store each, of the machine's only driver, in their order and by whom. */
@RequiresKvm
class StepsTest {
  private static final int HYPERVISOR = StepEvent.HYPERVISOR;

  private static RunResult run(Long... stores) {
    try (TestMachine machine =
        TestMachine.with().withoutOthers().driver(BuiltInPayload.STORE, stores).build()) {
      return machine.run();
    }
  }

  private static List<Step> steps(RunResult result) {
    return result.steps().stream().map(StepEvent::step).toList();
  }

  @Test
  void allowedWrite_takesTheStepsInTheirOrder() {
    assertEquals(
        List.of(
            Step.ASSIGN,
            Step.REQUEST,
            Step.ASSOCIATE,
            Step.ATTEMPT,
            Step.EXIT1,
            Step.LAUNCH,
            Step.RESTRICTED,
            Step.OWNER,
            Step.DESIGNATE,
            Step.ADJUST,
            Step.GRANT,
            Step.IRQ,
            Step.EXIT2,
            Step.RELAUNCH,
            Step.COMPLETE),
        steps(run(FREE, 8L, 1L)));
  }

  @Test
  void restrictedWrite_endsInAnError_andIsNotCompleted() {
    assertEquals(
        List.of(
            Step.ASSIGN,
            Step.REQUEST,
            Step.ASSOCIATE,
            Step.ATTEMPT,
            Step.EXIT1,
            Step.LAUNCH,
            Step.RESTRICTED,
            Step.ERROR,
            Step.IRQ,
            Step.EXIT2,
            Step.RELAUNCH),
        steps(run(RESTRICTED.start(), 8L, 1L)));
  }

  @Test
  void writeToAnOpenPage_isAnAttemptAndItsCompletion() {
    List<Step> steps = steps(run(FREE, 8L, 1L, FREE, 8L, 2L));

    assertEquals(17, steps.size());
    assertEquals(List.of(Step.ATTEMPT, Step.COMPLETE), steps.subList(15, 17));
  }

  @Test
  void eachStep_isRecordedByWhoPerformsIt() {
    Map<Step, Integer> levels =
        run(FREE, 8L, 1L).steps().stream()
            .collect(Collectors.toMap(StepEvent::step, StepEvent::vmpl));

    assertEquals(
        Map.ofEntries(
            Map.entry(Step.ASSIGN, 1),
            Map.entry(Step.REQUEST, 1),
            Map.entry(Step.ASSOCIATE, HYPERVISOR),
            Map.entry(Step.ATTEMPT, 1),
            Map.entry(Step.EXIT1, HYPERVISOR),
            Map.entry(Step.LAUNCH, HYPERVISOR),
            Map.entry(Step.RESTRICTED, 0),
            Map.entry(Step.OWNER, 0),
            Map.entry(Step.DESIGNATE, 0),
            Map.entry(Step.ADJUST, 0),
            Map.entry(Step.GRANT, HYPERVISOR),
            Map.entry(Step.IRQ, 0),
            Map.entry(Step.EXIT2, 0),
            Map.entry(Step.RELAUNCH, HYPERVISOR),
            Map.entry(Step.COMPLETE, 1)),
        levels);
  }

  @Test
  void stepsOfVmpl0_areOfTheSecondVcpu_andOthersOfTheirs() {
    for (StepEvent event : run(FREE, 8L, 1L).steps()) {
      int expected =
          event.vmpl() == 0 || event.step() == Step.LAUNCH || event.step() == Step.GRANT ? 1 : 0;
      assertEquals(expected, event.vcpu(), event::toString);
    }
  }

  @Test
  void times_neverGoBack() {
    List<Long> times = run(FREE, 8L, 1L).steps().stream().map(StepEvent::tNs).toList();

    assertEquals(times.stream().sorted().toList(), times);
  }

  @Test
  void stepsOfTheStore_carryItsAddressLengthAndData() {
    List<StepEvent> events =
        run(FREE + 3, 4L, 0xcafef00dL).steps().stream()
            .filter(event -> Set.of(Step.ATTEMPT, Step.EXIT1, Step.OWNER).contains(event.step()))
            .toList();

    assertEquals(3, events.size());
    for (StepEvent event : events) {
      assertEquals(1, event.driver(), event::toString);
      assertEquals(FREE + 3, event.gpa(), event::toString);
      assertEquals(4, event.length(), event::toString);
      assertEquals(0xcafef00dL, event.data(), event::toString);
    }
  }
}
