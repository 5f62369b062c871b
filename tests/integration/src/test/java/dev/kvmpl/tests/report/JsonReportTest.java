// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.json.JsonReport;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@RequiresKvm
class JsonReportTest {
  private static final Host HOST = new Host("kvm_x/y", "1.2.3", "A CPU", false);

  private static JsonNode report() throws Exception {
    return report(ScenarioReader.builtIn());
  }

  private static JsonNode report(Scenario scenario) throws Exception {
    ScenarioRun run;
    try (Kvm kvm = Kvm.open()) {
      run = ScenarioRun.of(kvm, scenario);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JsonReport.write(HOST, run, out);
    return new ObjectMapper().readTree(out.toByteArray());
  }

  @Test
  void report_hasHostAndOutcome() throws Exception {
    JsonNode report = report();

    assertEquals(
        "{\"backend\":\"kvm_x/y\",\"kernel\":\"1.2.3\",\"cpu\":\"A CPU\"}",
        report.get("host").toString());
    assertEquals("completed", report.get("outcome").asText());
    assertTrue(report.get("expectations").get("held").asBoolean());
  }

  @ParameterizedTest
  @ValueSource(strings = {"slots", "mapping"})
  void report_namesTheEnforcement(String kind) throws Exception {
    String text =
        "validator: { payload: validator }\n"
            + "drivers: [ { name: a, payload: store, arguments: [0x1000000, 8, 1] } ]\n"
            + "enforcement: "
            + kind;

    JsonNode report = report(ScenarioReader.parse("test.yaml", text));

    assertEquals(kind, report.get("enforcement").asText());
    assertEquals("completed", report.get("outcome").asText(), report.toString());
  }

  @Test
  void report_tellsEachOperationWithVerdictErrorAndOwner() throws Exception {
    List<String> operations = new ArrayList<>();
    report().get("operations").forEach(operation -> operations.add(operation.toString()));

    assertEquals(
        List.of(
            operation("net", "0x1200100", 8, "0x6e6574", "allowed", "0x0", "\"net\""),
            operation("disk", "0x1100000", 8, "0x1122334455667788", "allowed", "0x0", "\"disk\""),
            operation("disk", "0x1100008", 4, "0xcafef00d", "already-open", "0x0", "\"disk\""),
            operation(
                "disk", "0x1400000", 8, "0xbadbadbadbadbad", "restricted", "0x80001000", "null"),
            operation("disk", "0x1200100", 2, "0xbad", "owned-by-other", "0x80001001", "\"net\""),
            operation("disk", "0x1100010", 1, "0x42", "already-open", "0x0", "\"disk\"")),
        operations);
  }

  private static String operation(
      String driver,
      String gpa,
      int length,
      String data,
      String verdict,
      String errorCode,
      String owner) {
    return """
    {"driver":"%s","operation":"write","gpa":"%s","length":%d,"data":"%s","verdict":"%s",\
    "errorCode":"%s","owner":%s}\
    """
        .formatted(driver, gpa, length, data, verdict, errorCode, owner);
  }

  @Test
  void report_tellsTheStepsOfTheFirstWriteInTheirOrder() throws Exception {
    List<String> steps = new ArrayList<>();
    report().get("steps").forEach(step -> steps.add(step.get("step").asText()));

    assertEquals(
        List.of(
            "ASSIGN",
            "REQUEST",
            "ASSOCIATE",
            "ATTEMPT",
            "EXIT1",
            "LAUNCH",
            "RESTRICTED?",
            "OWNER?",
            "DESIGNATE",
            "ADJUST",
            "GRANT",
            "IRQ",
            "EXIT2",
            "RELAUNCH",
            "COMPLETE"),
        steps.subList(0, 15));
  }

  @Test
  void report_timesOfStepsNeverGoBack() throws Exception {
    List<Long> times = new ArrayList<>();
    report().get("steps").forEach(step -> times.add(step.get("tNs").asLong()));

    assertEquals(times.stream().sorted().toList(), times);
  }

  @Test
  void report_showsWatchedMemory() throws Exception {
    assertEquals(
        "{\"gpa\":\"0x1100000\",\"length\":24,"
            + "\"hex\":\"88776655443322110df0feca000000004200000000000000\"}",
        report().get("watch").get(0).toString());
  }

  @Test
  void report_showsWhoOwnsWhat_andThatNoGrantOutlivesItsDriver() throws Exception {
    JsonNode report = report();

    assertEquals(
        "{\"start\":\"0x1000000\",\"end\":\"0x2000000\",\"vmpl1\":\"r-us\"}",
        report.get("before").get("rmp").get(2).toString());
    assertEquals(report.get("before").get("rmp"), report.get("after").get("rmp"));
    assertEquals(
        "{\"start\":\"0x1100000\",\"end\":\"0x1101000\",\"driver\":\"disk\"}",
        report.get("after").get("ownership").get(0).toString());
  }
}
