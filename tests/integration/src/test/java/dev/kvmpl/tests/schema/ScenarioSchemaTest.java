// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.schema;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.schema.Schemas.Kind;
import dev.kvmpl.tests.support.SourceTree;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What the schema of scenarios refuses the reader refuses; and what the reader refuses the schema
 * does, if a schema can say it.
 */
@Tag(SourceTree.TAG) // the same on every host
class ScenarioSchemaTest {
  /** Every key that there is, with payloads that come with kvmpl. */
  private static final String ALL =
      """
      memory: 32MiB
      levels: [0, 1, 2, 3]
      detection: trap
      enforcement: slots
      handover: threads
      slotChanges: boot-cpu
      grant: page
      policy: watch
      timeLimit: 10s
      kernel: { payload: kernel }
      validator: { payload: validator }
      restricted: [ { start: 0x1400000, length: 64KiB } ]
      hidden: [ { start: 0x1500000, length: 4096 } ]
      protected: [ { virtual: 0x1600000, length: 0x1000 } ]
      contents: [ { start: 0x1100000, hex: '00 ff' } ]
      codebases: [ { name: all, payload: ranges, decides: [ { start: 0x1000000, length: 16MiB } ] } ]
      drivers:
        - name: a
          payload: store
          level: 1
          processors: [0]
          cpl: 0
          owns: [ { start: 0x1200000, length: 64KiB } ]
          unload: false
          arguments: [0x1100000, 8, 1]
          permissions:
            write: [ { start: 0x1000000, length: 1MiB } ]
            port-read: [ { start: 0x3f8, count: 4 } ]
        - { name: b, payload: store, level: 2, processors: [1] }
      verdicts: { 0x80002001: quota }
      watch: [ { start: 0x1100000, length: 8 } ]
      expect:
        outcome: completed
        operations:
          - { driver: a, operation: write, gpa: 0x1100000, verdict: allowed, length: 8, data: 1 }
          - { driver: a, gpa: 0x1400000, verdict: would-refuse, reason: quota }
        memory: [ { gpa: 0x1100000, hex: '01' } ]
        owners: [ { gpa: 0x1200000, driver: a }, { gpa: 0x1300000, driver: nobody } ]
        status: { a: 0 }
        steps: [ ATTEMPT, 'RESTRICTED?', GRANT ]
      """;

  /**
   * Rules between values, of the whole machine, and of what is written behind a value: no schema's.
   */
  private static final List<String> NO_SCHEMAS =
      List.of(
          "range .*outside kernel memory.*",
          "memory is .*",
          "range .* overlaps .*",
          ".* a second time, allowed is once",
          "(driver|reason|verdict) is .*, allowed are .*",
          "verdict is would-refuse, which is only answered with policy: watch",
          "grant is .*, which needs .*",
          "unknown key .* in status, allowed are .*",
          "driver .* at the same time as .*",
          "level is .*, allowed are .*",
          "start is .*",
          "gpa is .*",
          "hex is .*",
          "(start|length|virtual) is .*, allowed are multiples of 4096.*",
          "length is .*, allowed are .*",
          "((port|msr)-)?(read|write) of .*",
          "[0-9]+ .*, allowed are .*",
          "payload .* (cannot be read|is no path|makes more|is no codebase).*",
          "detection is .* elsewhere than at level 1 .*",
          "driver .*, allowed .*");

  private static String refusal(String text) {
    try {
      ScenarioReader.parse("s", text);
      return "";
    } catch (ScenarioException e) {
      return String.valueOf(e.getMessage()).replaceFirst("s:\\d+: ", "");
    }
  }

  @Test
  void scenarioWithEveryKey_isGoodForBoth() throws Exception {
    assertEquals("", refusal(ALL));
    assertEquals(List.of(), Checked.of(Kind.SCENARIO).complaints(Checked.yaml(ALL)));
  }

  @Test
  void changedScenario_isRefusedByBothOrByNone_asFarAsASchemaCanSayIt() throws Exception {
    Checked schema = Checked.of(Kind.SCENARIO);
    List<Pattern> rules = NO_SCHEMAS.stream().map(Pattern::compile).toList();
    List<String> wrong = new ArrayList<>();
    Set<String> used = new HashSet<>();
    int refused = 0;
    List<JsonNode> changed = Changes.of(Checked.yaml(ALL));
    for (JsonNode document : changed) {
      List<String> complaints = schema.complaints(document);
      String refusal = refusal(document.toString());
      if (!complaints.isEmpty()) {
        refused++;
        if (refusal.isEmpty()) {
          wrong.add("the schema alone: " + complaints + " in " + document);
        }
      } else if (!refusal.isEmpty()) {
        List<String> of =
            rules.stream()
                .filter(rule -> rule.matcher(refusal).matches())
                .map(Pattern::pattern)
                .toList();
        used.addAll(of);
        if (of.isEmpty()) {
          wrong.add("the reader alone: " + refusal + " in " + document);
        }
      }
    }

    assertEquals(
        List.of(), wrong.stream().limit(20).toList(), wrong.size() + " of " + changed.size());
    assertEquals(List.of(), NO_SCHEMAS.stream().filter(rule -> !used.contains(rule)).toList());
    assertTrue(refused > 1000, refused + " refused of " + changed.size());
  }
}
