// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.json.JsonReport;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.schema.Schemas.Kind;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs print is what the schema of results says, and it says all of it. */
@RequiresKvm
class ResultSchemaTest {
  private static final Host HOST = new Host("kvm_x/y", "1.2.3", "A CPU", false);
  private static final String STORES =
      """
      memory: 20MiB
      validator: { payload: validator }
      restricted: [ { start: 0x1001000, length: 4KiB } ]
      hidden: [ { start: 0x1002000, length: 4KiB } ]
      watch: [ { start: 0x1000000, length: 2 } ]
      drivers:
        - { name: a, payload: store, arguments: [0x1000000, 2, 0x2211, 0x1001000, 1, 3] }
      """;

  private static JsonNode result(Scenario scenario) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Kvm kvm = Kvm.open()) {
      JsonReport.write(HOST, ScenarioRun.of(kvm, scenario), out);
    }
    return Checked.json(out.toString(StandardCharsets.UTF_8));
  }

  /** The schema, but without room for what it does not name. */
  private static JsonNode strict() throws Exception {
    JsonNode schema = Checked.json(Kind.RESULT.text());
    close(schema);
    return schema;
  }

  private static void close(JsonNode node) {
    if (node instanceof ObjectNode object && object.has("properties")) {
      object.put("additionalProperties", false);
    }
    node.forEach(ResultSchemaTest::close);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "policy: watch",
        "enforcement: mapping",
        "expect: { status: { a: 7 } }",
        "timeLimit: 1ms",
        "codebases: [ { name: c, payload: ranges, decides: [ { start: 0x1000000, length: 1MiB } ] } ]"
      })
  void resultOfARun_isWhatTheSchemaNames_andNothingElse(String more) throws Exception {
    JsonNode result = result(ScenarioReader.parse("s.yaml", STORES + more));

    assertEquals(List.of(), new Checked(strict()).complaints(result));
  }

  @Test
  void resultThatLacksAField_isRefused() throws Exception {
    Checked schema = Checked.of(Kind.RESULT);
    JsonNode result = result(ScenarioReader.parse("s.yaml", STORES));
    List<String> names = new ArrayList<>();
    result.fieldNames().forEachRemaining(names::add);

    assertEquals(List.of(), schema.complaints(result));
    for (String name : names) {
      ObjectNode without = result.deepCopy();
      without.remove(name);
      assertFalse(schema.complaints(without).isEmpty(), name);
      without.put(name, 1.5);
      assertFalse(schema.complaints(without).isEmpty(), name);
    }
  }
}
