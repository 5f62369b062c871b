// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.watch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.claims.Claims;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.json.JsonReport;
import dev.kvmpl.report.json.TraceFile;
import dev.kvmpl.report.page.HtmlReport;
import dev.kvmpl.report.text.TextReport;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.timeline.Timeline;
import java.io.ByteArrayOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Watching in scenario files: what is read, expected and told. */
class WatchedScenarioTest {
  private static final Host HOST = new Host("kvm_x/y", "1.2.3", "A CPU", false);
  private static final String WATCHED =
      "NOT ENFORCED, policy watch: what VMPL0 would refuse happens all the same";
  private static final String SCENARIO =
      """
      memory: 20MiB
      validator: { payload: validator }
      restricted: [ { start: 0x1001000, length: 4KiB } ]
      verdicts: { 0x80002001: quota }
      drivers:
        - { name: a, payload: store, arguments: [0x1000000, 2, 0x2211, 0x1001000, 1, 3, 0x1002000, 1, 1] }
      """;
  private static final String WATCH = SCENARIO + "policy: watch\n";

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("policy: observe", "policy is observe, allowed are enforce, watch"),
        Arguments.of(
            expected("would-refuse"),
            "verdict is would-refuse, which is only answered with policy: watch"),
        Arguments.of(
            "policy: watch\n" + expected("restricted, reason: restricted"),
            "reason is restricted, allowed is a refusal, for a would-refuse"),
        Arguments.of(
            "policy: watch\n" + expected("would-refuse, reason: allowed"),
            "reason is allowed, allowed is a refusal, for a would-refuse"));
  }

  private static String expected(String verdict) {
    return "expect: { operations: [ { driver: a, gpa: 0x1001000, verdict: " + verdict + " } ] }";
  }

  @ParameterizedTest
  @MethodSource("wrong")
  void wrongFile_isRefusedInOneLine(String more, String complaint) {
    String message =
        String.valueOf(
            assertThrows(
                    ScenarioException.class, () -> ScenarioReader.parse("s.yaml", SCENARIO + more))
                .getMessage());

    assertTrue(message.startsWith("s.yaml:") && message.endsWith(complaint), message);
  }

  @Test
  void scenario_isEnforced_unlessItSaysOtherwise() throws Exception {
    assertTrue(ScenarioReader.parse("s.yaml", SCENARIO).isEnforced());
    assertTrue(ScenarioReader.parse("s.yaml", SCENARIO + "policy: enforce").isEnforced());
    assertFalse(ScenarioReader.parse("s.yaml", WATCH).isEnforced());
    assertTrue(ScenarioReader.builtIn().isEnforced());
  }

  static Stream<Arguments> expectations() {
    return Stream.of(
        Arguments.of("would-refuse", List.of()),
        Arguments.of("would-refuse, reason: restricted", List.of()),
        Arguments.of(
            "would-refuse, reason: quota",
            List.of(
                "expected operation 2: a at 0x1001000 would-refuse (quota), got a write at 0x1001000"
                    + " would-refuse (restricted) (1 bytes, data 0x3)")),
        Arguments.of(
            "restricted",
            List.of(
                "expected operation 2: a at 0x1001000 restricted, got a write at 0x1001000"
                    + " would-refuse (restricted) (1 bytes, data 0x3)")));
  }

  @RequiresKvm
  @ParameterizedTest
  @MethodSource("expectations")
  void expectation_isAboutWhatHappens(String verdict, List<String> unmet) throws Exception {
    String expect =
        "expect: { operations: [ { driver: a, gpa: 0x1000000, verdict: allowed },"
            + " { driver: a, gpa: 0x1001000, verdict: "
            + verdict
            + " }, { driver: a, gpa: 0x1002000, verdict: allowed } ] }";

    assertEquals(
        unmet, run(ScenarioReader.parse("s.yaml", WATCH + expect), new Timeline()).unmet());
  }

  private static ScenarioRun run(Scenario scenario, Timeline timeline) throws Exception {
    try (Kvm kvm = Kvm.open()) {
      return ScenarioRun.of(kvm, scenario, timeline);
    }
  }

  private static String text(ScenarioRun run) {
    StringWriter out = new StringWriter();
    TextReport.write(HOST, run, new PrintWriter(out));
    return out.toString();
  }

  @RequiresKvm
  @Test
  void text_saysSoOnItsFirstLine_andHasWhoWroteWhere() throws Exception {
    String text = text(run(ScenarioReader.parse("s.yaml", WATCH), new Timeline()));

    assertEquals(WATCHED, text.lines().findFirst().orElseThrow());
    String words = text.replaceAll(" +", " ");
    assertTrue(words.contains(" a write 0x1001000 1 0x3 would-refuse 0x80001000 -\n"), text);
    assertTrue(words.contains(" pages by writer pages would be refused\n a 3 1\n"), text);
  }

  @RequiresKvm
  @Test
  void text_ofAnEnforcedRun_saysNothingOfIt() throws Exception {
    String text = text(run(ScenarioReader.parse("s.yaml", SCENARIO), new Timeline()));

    assertFalse(text.contains("NOT ENFORCED") || text.contains("pages by writer"), text);
  }

  @RequiresKvm
  @Test
  void json_saysThatItIsNotEnforced_andWhyEachWouldBeRefused() throws Exception {
    JsonNode document = json(WATCH);

    assertEquals("watch", document.get("policy").asText());
    assertFalse(document.get("enforced").asBoolean());
    assertEquals("would-refuse", document.get("operations").get(1).get("verdict").asText());
    assertEquals("0x80001000", document.get("operations").get(1).get("errorCode").asText());
    assertEquals("restricted", document.get("operations").get(1).get("reason").asText());
    assertFalse(document.get("operations").get(0).has("reason"));
    assertEquals(
        "[{\"driver\":\"a\",\"pages\":3,\"refused\":1}]", document.get("pagesByWriter").toString());
  }

  @RequiresKvm
  @Test
  void json_ofAnEnforcedRun_saysThatItIs() throws Exception {
    JsonNode document = json(SCENARIO);

    assertEquals("enforce", document.get("policy").asText());
    assertTrue(document.get("enforced").asBoolean());
  }

  private static JsonNode json(String scenario) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonReport.write(HOST, run(ScenarioReader.parse("s.yaml", scenario), new Timeline()), out);
    return new ObjectMapper().readTree(out.toByteArray());
  }

  @RequiresKvm
  @Test
  void pageAndTrace_sayThatItIsNotEnforced() throws Exception {
    Timeline timeline = new Timeline();
    ScenarioRun run = run(ScenarioReader.parse("s.yaml", WATCH), timeline);
    ByteArrayOutputStream page = new ByteArrayOutputStream();
    ByteArrayOutputStream trace = new ByteArrayOutputStream();
    HtmlReport.write(HOST, run, timeline, page);
    TraceFile.write(run, timeline, trace);

    String html = page.toString(StandardCharsets.UTF_8);
    assertTrue(html.contains("\"enforced\":false"));
    assertTrue(html.contains("\"writers\":[[1,3,1]]"));
    assertFalse(
        new ObjectMapper().readTree(trace.toByteArray()).at("/otherData/enforced").asBoolean(true));
  }

  @RequiresKvm
  @Test
  void claims_areNotShownByMachinesThatOnlyWatch() throws Exception {
    try (Kvm kvm = Kvm.open()) {
      Claims claims = new Claims(kvm, machine -> machine.but().policy(Policy.WATCH).build());

      assertEquals(
          "claims are about what is enforced, not policy watch",
          assertThrows(IllegalArgumentException.class, claims::rows).getMessage());
    }
  }
}
