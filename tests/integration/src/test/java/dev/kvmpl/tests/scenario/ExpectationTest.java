// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.tests.support.RequiresKvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@RequiresKvm
class ExpectationTest {
  private static final String SCENARIO =
      """
      memory: 20MiB
      validator: { payload: validator }
      restricted: [ { start: 0x1001000, length: 4KiB } ]
      drivers:
        - { name: a, payload: store, arguments: [0x1000000, 2, 0x2211, 0x1001000, 1, 3] }
      """;

  @TempDir Path folder;

  static Stream<Arguments> expectations() {
    return Stream.of(
        held("outcome: completed"),
        held(
            "operations: [ { driver: a, gpa: 0x1000000, verdict: allowed, length: 2, data: 0x2211 },"
                + " { driver: a, gpa: 0x1001000, verdict: restricted } ]"),
        held("memory: [ { gpa: 0x1000000, hex: '11 22 00' } ]"),
        held("owners: [ { gpa: 0x1000fff, driver: a }, { gpa: 0x1001000, driver: nobody } ]"),
        held("status: { a: 1 }"),
        held("steps: [ ASSIGN, ATTEMPT, GRANT, ATTEMPT, 'RESTRICTED?', ERROR ]"),
        unmet("outcome: timed-out", "expected outcome timed-out, got completed"),
        unmet(
            "operations: [ { driver: a, gpa: 0x1000000, verdict: allowed } ]",
            "expected operation 2: none, got a write at 0x1001000 restricted (1 bytes, data 0x3)"),
        unmet(
            "operations: [ { driver: a, gpa: 0x1000000, verdict: restricted },"
                + " { driver: a, gpa: 0x1001000, verdict: restricted } ]",
            "expected operation 1: a at 0x1000000 restricted, got a write at 0x1000000 allowed (2 bytes,"
                + " data 0x2211)"),
        unmet(
            "operations: [ { driver: a, gpa: 0x1000000, verdict: allowed, length: 4 },"
                + " { driver: a, gpa: 0x1001000, verdict: restricted } ]",
            "expected operation 1: a at 0x1000000 allowed, got a write at 0x1000000 allowed (2 bytes,"
                + " data 0x2211)"),
        unmet(
            "memory: [ { gpa: 0x1000000, hex: '2211' } ]", "expected 2211 at 0x1000000, got 1122"),
        unmet("owners: [ { gpa: 0x1001000, driver: a } ]", "expected owner a of 0x1001000, got -"),
        unmet("status: { a: 0 }", "expected status 0x0 of driver a, got 0x1"),
        unmet("steps: [ GRANT, GRANT ]", "expected steps in order, missing GRANT"));
  }

  private static Arguments held(String expect) {
    return Arguments.of(expect, List.of());
  }

  private static Arguments unmet(String expect, String line) {
    return Arguments.of(expect, List.of(line));
  }

  @Test
  void veryManyUnmetOnes_areCounted() throws Exception {
    String operation = "{ driver: a, gpa: 0, verdict: allowed }, ";

    List<String> unmet = unmet("operations: [ " + operation.repeat(4000) + "]");

    assertEquals(101, unmet.size());
    assertEquals("and 3900 more", unmet.getLast());
  }

  @ParameterizedTest
  @MethodSource("expectations")
  void expectation_isHeldOrNamedAsUnmet(String expect, List<String> unmet) throws Exception {
    assertEquals(unmet, unmet(expect));
  }

  private List<String> unmet(String expect) throws Exception {
    Path file = folder.resolve("scenario.yaml");
    Files.writeString(file, SCENARIO + "expect: { " + expect + " }\n");
    try (Kvm kvm = Kvm.open()) {
      return ScenarioRun.of(kvm, ScenarioReader.read(file)).unmet();
    }
  }
}
