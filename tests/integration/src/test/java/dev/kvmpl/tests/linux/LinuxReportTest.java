// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.report.json.LinuxJsonReport;
import dev.kvmpl.report.page.HtmlReport;
import dev.kvmpl.scenario.linux.LinuxFiles;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.scenario.linux.LinuxScenario;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a run of Linux leaves behind for people and programs: its steps, its page, its document. */
@RequiresKvm
class LinuxReportTest {
  private static final Policy POLICY =
      new Policy(List.of(new Protected.KernelText(), new Protected.KernelRodata()), List.of());

  @Test
  void refusedStore_leavesItsSteps_inPageAndDocument() throws Exception {
    Timeline timeline = new Timeline();
    LinuxGuest.Ended ended =
        LinuxGuest.with(POLICY)
            .watchedBy(timeline)
            .run("insmod /modules/storer.ko target=$(ksym sys_call_table) how=1 last=0; true");

    assertEquals(
        List.of(
            Step.ASSIGN,
            Step.REQUEST,
            Step.ASSOCIATE,
            Step.EXIT1,
            Step.LAUNCH,
            Step.RESTRICTED,
            Step.OWNER,
            Step.ERROR,
            Step.IRQ,
            Step.EXIT2,
            Step.RELAUNCH),
        stepsOfModules(ended),
        ended::toString);
    LinuxRun run =
        LinuxRun.of(
            "storer",
            new LinuxScenario(
                LinuxFiles.validator(),
                EnforcementKind.SLOTS,
                Detection.TRAP,
                POLICY,
                List.of(),
                "",
                List.of()),
            256 << 20,
            ended.result());
    page(run, timeline);
    document(run);
  }

  private static List<Step> stepsOfModules(LinuxGuest.Ended ended) {
    return ended.result().steps().stream()
        .filter(event -> event.driver() != 0)
        .map(StepEvent::step)
        .toList();
  }

  private static void page(LinuxRun run, Timeline timeline) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    HtmlReport.write(Host.detect(), run, timeline, out);
    String page = out.toString(StandardCharsets.UTF_8);
    String start = "<script type=\"application/json\" id=\"run\">";
    int from = page.indexOf(start) + start.length();
    JsonNode drawn =
        new ObjectMapper().readTree(page.substring(from, page.indexOf("</script>", from)));

    assertEquals(2, drawn.get("vcpus").size());
    assertEquals("module storer", lastDriver(drawn));
    assertTrue(drawn.get("exits").size() > 100, "few exits");
    assertTrue(drawn.get("handOvers").size() > 2, "few hand-overs");
    assertTrue(drawn.get("changes").size() >= 2, "nothing was closed");
    assertEquals(
        "gp", drawn.get("operations").get(drawn.get("operations").size() - 1).get(8).asText());
  }

  private static String lastDriver(JsonNode drawn) {
    return drawn.get("drivers").get(drawn.get("drivers").size() - 1).get(0).asText();
  }

  private static void document(LinuxRun run) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LinuxJsonReport.write(Host.detect(), run, out);
    JsonNode document = new ObjectMapper().readTree(out.toByteArray());

    List<String> fields = new ArrayList<>();
    document.fieldNames().forEachRemaining(fields::add);
    assertEquals(
        List.of(
            "host",
            "scenario",
            "enforcement",
            "protects",
            "outcome",
            "message",
            "launched",
            "durationNs",
            "protected",
            "status",
            "attempts",
            "lostAttempts",
            "exits",
            "unknownPorts",
            "expectations"),
        fields);
    assertTrue(document.get("exits").get("IO").asInt() > 100, "few exits");
    assertTrue(document.get("expectations").get("held").asBoolean(), "not held");
    JsonNode last = document.get("attempts").get(document.get("attempts").size() - 1);
    assertEquals("module storer", last.get("who").asText());
    assertEquals(0, last.get("processor").asInt());
  }
}
