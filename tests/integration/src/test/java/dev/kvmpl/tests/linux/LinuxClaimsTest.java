// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.claims.LinuxClaims;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Policy.Rule;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.linux.policy.WriterPattern;
import dev.kvmpl.linux.writers.KernelModule.Section;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.scenario.linux.LinuxScenario;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * docs/examples/linux/claims.yaml: the claims, with a module of Linux as the driver, each found in
 * the trace of a real run, and not found where a step is missing or the validator is broken.
 */
@RequiresKvm
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LinuxClaimsTest {
  private static final Protected PAGE = new Protected.OfSymbol("init_uts_ns");
  private static final Protected OTHERS =
      new Protected.OfModule("disk_driver", Set.of(Section.DATA));
  private static final Protected RODATA = new Protected.KernelRodata();
  private static final Rule GRANTED =
      new Rule(
          Optional.of(PAGE), new WriterPattern(Writer.Kind.MODULE, "net_driver"), StoreAnswer.OPEN);
  private static final Policy POLICY = new Policy(List.of(RODATA, PAGE, OTHERS), List.of(GRANTED));

  private static final List<String> ALL =
      List.of("1, 8, 15", "2, 9, 16", "3, 10, 17", "4, 11, 18", "5, 12, 19", "6, 13, 20");

  /** Which rows need a step; those that are not here need the first. */
  private static final Map<Step, List<String>> NEEDED =
      Map.ofEntries(
          Map.entry(Step.ASSIGN, List.of("6, 13, 20")),
          Map.entry(Step.REQUEST, List.of("6, 13, 20")),
          Map.entry(Step.ASSOCIATE, List.of("6, 13, 20")),
          Map.entry(Step.ATTEMPT, ALL),
          Map.entry(Step.DETECT, ALL),
          Map.entry(Step.EXIT1, ALL),
          Map.entry(Step.LAUNCH, ALL),
          Map.entry(Step.LOOKUP, List.of()),
          Map.entry(Step.OBTAIN, List.of()),
          Map.entry(Step.EXECUTE, List.of()),
          Map.entry(Step.RESTRICTED, ALL),
          Map.entry(Step.OWNER, List.of("5, 12, 19")),
          Map.entry(Step.ERROR, ALL),
          Map.entry(Step.DESIGNATE, List.of("3, 10, 17")),
          Map.entry(Step.ADJUST, List.of("2, 9, 16", "3, 10, 17")),
          Map.entry(Step.GRANT, List.of("2, 9, 16", "3, 10, 17")),
          Map.entry(Step.IRQ, List.of("4, 11, 18")),
          Map.entry(Step.EXIT2, List.of("4, 11, 18")),
          Map.entry(Step.RELAUNCH, List.of("4, 11, 18")),
          Map.entry(Step.COMPLETE, ALL));

  private static final String RUN =
      """
      insmod /modules/disk_driver.ko && insmod /modules/net_driver.ko
      cd /sys/module/net_driver/parameters
      data=$(dmesg | sed -n 's/.*disk_driver: data at //p')
      by() { echo $2 >$1; while pidof net_driver >/dev/null; do :; done; } # its thread ends with the store
      by store $(ksym init_uts_ns)
      by store $(ksym init_uts_ns)
      by store $data
      by store $data
      by alias $(ksym sys_call_table)
      echo stored $(dmesg | grep -c 'net_driver: stored') times
      grep -q net_driver /proc/modules && echo it goes on
      """;

  private LinuxGuest.Ended real;

  @BeforeAll
  void run() throws Exception {
    real = run(EnforcementKind.SLOTS, LinuxFiles.validator());
  }

  private static LinuxGuest.Ended run(EnforcementKind kind, PayloadImage validator)
      throws Exception {
    return LinuxGuest.with(POLICY)
        .detection(Detection.REFLECT)
        .enforcement(kind)
        .validator(validator)
        .watchedBy(new Timeline())
        .run(RUN);
  }

  private static List<ClaimRow> rows(LinuxResult result) {
    LinuxScenario scenario =
        new LinuxScenario(
            LinuxFiles.validator(),
            EnforcementKind.SLOTS,
            Detection.REFLECT,
            POLICY,
            List.of(),
            "",
            List.of());
    return LinuxClaims.rows(LinuxRun.of("Linux", scenario, 256 << 20, result));
  }

  private static List<String> failed(LinuxResult result) {
    return rows(result).stream().filter(row -> !row.passed()).map(ClaimRow::name).toList();
  }

  private List<String> failedIf(UnaryOperator<StepEvent> change) {
    return failedIf(Outcome.COMPLETED, change);
  }

  private List<String> failedIf(Outcome outcome, UnaryOperator<StepEvent> change) {
    LinuxResult result = real.result();
    return failed(
        new LinuxResult(
            outcome,
            result.message(),
            result.launched(),
            result.elapsedNs(),
            result.isProtected(),
            result.status(),
            result.attempts(),
            result.lost(),
            result.unknownPorts(),
            result.exits(),
            result.steps().stream().map(change).filter(event -> event.length() >= 0).toList(),
            result.interrupts(),
            result.before(),
            result.closed(),
            result.owners(),
            result.designated()));
  }

  private static void assertAllPass(LinuxGuest.Ended ended) {
    assertTrue(ended.says("stored 2 times"), ended::toString);
    assertTrue(ended.says("it goes on"), ended::toString);
    List<ClaimRow> rows = rows(ended.result());
    assertEquals(ALL, rows.stream().map(ClaimRow::name).toList());
    for (ClaimRow row : rows) {
      assertEquals(List.of(), row.missing(), row::toString);
    }
  }

  @Test
  void everyRow_passes() {
    assertAllPass(real);
  }

  @Test
  void everyRow_passesWithMappings() throws Exception {
    assertAllPass(run(EnforcementKind.MAPPING, LinuxFiles.validator()));
  }

  @ParameterizedTest
  @EnumSource
  void rowsThatNeedAStep_andNoOthers_failWithoutIt(Step step) {
    assertEquals(
        NEEDED.get(step),
        failedIf(event -> event.step() == step ? with(event, event.vmpl(), -1) : event));
  }

  @ParameterizedTest
  @EnumSource
  void rowsThatNeedAStep_failIfSomebodyElsePerformedIt(Step step) {
    assertEquals(
        NEEDED.get(step),
        failedIf(
            event ->
                event.step() == step
                    ? with(event, event.vmpl() == 0 ? 1 : 0, event.length())
                    : event));
  }

  /** The same at another level; a negative length has it taken out. */
  private static StepEvent with(StepEvent event, int vmpl, long length) {
    return new StepEvent(
        event.tNs(),
        event.step(),
        vmpl,
        event.processor(),
        event.vcpu(),
        event.driver(),
        event.access(),
        event.gpa(),
        length,
        event.data(),
        event.rip());
  }

  @Test
  void guestThatHasNotEnded_showsNothing() {
    assertEquals(ALL, failedIf(Outcome.TIMED_OUT, UnaryOperator.identity()));
  }

  /** The real validator with one thing broken in it. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "forgets_designation; 3, 10, 17",
        "grants_another; 2, 9, 16",
        "pretends_interrupt; 4, 11, 18",
        "stores_everything; 1, 8, 15 2, 9, 16 3, 10, 17 4, 11, 18 5, 12, 19 6, 13, 20"
      })
  void brokenValidator_makesItsRowsFail(String validator, String expected) throws Exception {
    LinuxGuest.Ended ended = run(EnforcementKind.SLOTS, Payloads.validator(validator));

    assertEquals(
        Arrays.asList(expected.split("(?<=\\d) (?=\\d+, )")),
        failed(ended.result()),
        ended::toString);
  }
}
