// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.report.json.TraceFile;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.timeline.Timeline;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The trace event format: what Perfetto makes of it is said in its documentation. */
@RequiresKvm
class TraceFileTest {
  private static ScenarioRun run;
  private static final List<JsonNode> EVENTS = new ArrayList<>();

  @BeforeAll
  static void write() throws Exception {
    Timeline timeline = new Timeline();
    try (Kvm kvm = Kvm.open()) {
      run = ScenarioRun.of(kvm, ScenarioReader.builtIn(), timeline);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    TraceFile.write(run, timeline, out);
    new ObjectMapper().readTree(out.toByteArray()).get("traceEvents").forEach(EVENTS::add);
  }

  private static List<JsonNode> of(String phase) {
    return EVENTS.stream().filter(event -> event.get("ph").asText().equals(phase)).toList();
  }

  private static String track(JsonNode event) {
    return event.get("pid") + "/" + event.get("tid");
  }

  private static double begin(JsonNode event) {
    return event.get("ts").asDouble();
  }

  private static double end(JsonNode slice) {
    return begin(slice) + slice.get("dur").asDouble();
  }

  @Test
  void tracks_areNamed() {
    Map<String, String> names = new HashMap<>();
    for (JsonNode event : of("M")) {
      if (event.get("name").asText().equals("thread_name")) {
        names.put(track(event), event.get("args").get("name").asText());
      }
    }

    assertEquals(Map.of("0/0", "VMPL1 vcpu0", "0/1", "VMPL0 vcpu1", "0/65536", "VMM"), names);
  }

  @Test
  void slices_areTheSteps() {
    assertEquals(
        run.result().steps().stream().map(step -> step.step().label()).sorted().toList(),
        of("X").stream().map(slice -> slice.get("name").asText()).sorted().toList());
  }

  /** Slices of a track may be one in another, and may not cross. */
  @Test
  void slices_ofATrack_doNotOverlap() {
    Map<String, Double> ended = new HashMap<>();
    for (JsonNode slice : of("X")) {
      assertTrue(begin(slice) >= ended.getOrDefault(track(slice), 0.0) - 1e-6, slice::toString);
      ended.put(track(slice), end(slice));
    }
  }

  /** An end of a flow belongs to the slice of its track that has its time. */
  @Test
  void flows_leadFromASliceToTheNextOneOnAnotherTrack() {
    List<JsonNode> begins = of("s");
    List<JsonNode> ends = of("f");

    assertTrue(begins.size() > 10);
    assertEquals(begins.size(), ends.size());
    for (int i = 0; i < begins.size(); i++) {
      JsonNode from = begins.get(i);
      JsonNode to = ends.get(i);
      assertEquals(from.get("id"), to.get("id"));
      assertTrue(!track(from).equals(track(to)), from::toString);
      assertTrue(begin(from) <= begin(to), from::toString);
      assertTrue(isInASlice(from) && isInASlice(to), from::toString);
    }
  }

  private static boolean isInASlice(JsonNode flow) {
    return of("X").stream()
        .anyMatch(
            slice ->
                track(slice).equals(track(flow))
                    && begin(slice) <= begin(flow)
                    && begin(flow) <= end(slice));
  }

  @Test
  void instants_areTheExits() {
    long exits = run.result().exits().values().stream().mapToLong(Long::longValue).sum();

    assertEquals(exits, of("i").size());
  }
}
