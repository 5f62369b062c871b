// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.claims;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.claims.Claims;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.TestMachine;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each claim passes on a real run, and fails as soon as a step that it needs is not there. */
@RequiresKvm
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClaimsTest {
  private static final List<Integer> ALL = IntStream.rangeClosed(1, 20).boxed().toList();

  /** Which claims need a step: as published, with those that depend on a claim that does. */
  private static final Map<Step, List<Integer>> NEEDED =
      Map.ofEntries(
          Map.entry(Step.ASSIGN, List.of(6, 13, 20)),
          Map.entry(Step.REQUEST, List.of(6, 13, 20)),
          Map.entry(Step.ASSOCIATE, List.of(6, 13, 20)),
          Map.entry(Step.ATTEMPT, ALL),
          Map.entry(Step.DETECT, ALL),
          Map.entry(Step.EXIT1, ALL),
          Map.entry(Step.LAUNCH, ALL),
          Map.entry(Step.LOOKUP, List.of(7, 14)),
          Map.entry(Step.OBTAIN, List.of(7, 14)),
          Map.entry(Step.EXECUTE, List.of(7, 14)),
          Map.entry(Step.RESTRICTED, ALL),
          Map.entry(Step.OWNER, List.of(5, 12, 19)),
          Map.entry(Step.ERROR, ALL),
          Map.entry(Step.DESIGNATE, List.of(3, 10, 17)),
          Map.entry(Step.ADJUST, List.of(2, 3, 9, 10, 16, 17)),
          Map.entry(Step.GRANT, List.of(2, 3, 9, 10, 16, 17)),
          Map.entry(Step.IRQ, List.of(4, 11, 18)),
          Map.entry(Step.EXIT2, List.of(4, 11, 18)),
          Map.entry(Step.RELAUNCH, List.of(4, 11, 18)),
          Map.entry(Step.COMPLETE, ALL));

  private Kvm kvm;
  private Claims claims;

  @BeforeAll
  void open() {
    kvm = Kvm.open();
    claims = new Claims(kvm, machine -> machine.but().enforcement(TestMachine.ENFORCEMENT).build());
  }

  @AfterAll
  void close() {
    kvm.close();
  }

  private static List<Integer> failed(List<ClaimRow> rows) {
    return rows.stream()
        .filter(row -> !row.passed() && row.name().matches("\\d+"))
        .map(row -> Integer.valueOf(row.name()))
        .toList();
  }

  private List<Integer> failedIf(UnaryOperator<List<StepEvent>> change) throws Exception {
    return failed(claims.rows(result -> withSteps(result, change.apply(result.steps()))));
  }

  private static RunResult withSteps(RunResult result, List<StepEvent> others) {
    return new RunResult(
        result.outcome(),
        result.message(),
        result.launched(),
        result.durationNs(),
        result.operations(),
        others,
        result.lostRecords(),
        result.exits(),
        result.interrupts(),
        result.console(),
        result.stopped(),
        result.driverStatus(),
        result.before(),
        result.after());
  }

  @ParameterizedTest
  @EnumSource
  void everyRow_passes(EnforcementKind kind) throws Exception {
    UnaryOperator<MachineSpec> change = machine -> machine.but().enforcement(kind).build();
    for (ClaimRow row : new Claims(kvm, change).rows()) {
      assertEquals(List.of(), row.missing(), row::toString);
    }
  }

  @Test
  void thereIsARow_forEachClaim() throws Exception {
    List<String> names = claims.rows().stream().map(ClaimRow::name).toList();

    assertEquals(ALL.stream().map(String::valueOf).toList(), names.subList(0, 20));
    assertEquals(List.of("Sahita", "Viswanathan", "Lee"), names.subList(20, names.size()));
  }

  @ParameterizedTest
  @EnumSource
  void claimsThatNeedAStep_andNoOthers_failWithoutIt(Step step) throws Exception {
    assertEquals(
        NEEDED.get(step),
        failedIf(steps -> steps.stream().filter(event -> event.step() != step).toList()));
  }

  @ParameterizedTest
  @EnumSource
  void claimsThatNeedAStep_failIfSomebodyElsePerformedIt(Step step) throws Exception {
    List<Integer> failed =
        failedIf(
            steps ->
                steps.stream()
                    .map(event -> event.step() == step ? bySomebodyElse(event) : event)
                    .toList());

    // An attempt begins an operation, whoever made it: then the rest of it is still asked for.
    assertEquals(NEEDED.get(step), failed);
  }

  /** VMPL0's step as VMPL1's, and all others' as VMPL0's. */
  private static StepEvent bySomebodyElse(StepEvent event) {
    return new StepEvent(
        event.tNs(),
        event.step(),
        event.vmpl() == 0 ? 1 : 0,
        event.processor(),
        event.vcpu(),
        event.driver(),
        event.access(),
        event.gpa(),
        event.length(),
        event.data(),
        event.rip());
  }

  @Test
  void stepsInTheWrongOrder_areNoEvidence() throws Exception {
    List<Integer> failed = failedIf(steps -> steps.reversed());

    assertEquals(ALL, failed);
  }

  /** The real validator with one thing broken in it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "skips_restricted; 1 2 3 4 5 6 8 9 10 11 12 13 15 16 17 18 19 20",
        "skips_owner; 1 2 3 4 5 6 8 9 10 11 12 13 15 16 17 18 19 20",
        "forgets_designation; 3 10 17",
        "grants_too_much; 2 9 16",
        "pretends_interrupt; 4 11 18",
        "grants; 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20"
      })
  void brokenValidator_makesItsClaimsFail(String validator, String expected) throws Exception {
    Claims broken =
        new Claims(kvm, machine -> machine.but().validator(Payloads.validator(validator)).build());

    assertEquals(
        Arrays.stream(expected.trim().split(" ")).map(Integer::valueOf).toList(),
        failed(broken.rows()));
  }
}
