// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** The rows of a page's document that are the same whatever the guest is. */
final class TimelineRows {
  private final JsonGenerator json;
  private final Timeline timeline;

  TimelineRows(JsonGenerator json, Timeline timeline) {
    this.json = json;
    this.timeline = timeline;
  }

  void vcpus() throws IOException {
    json.writeArrayFieldStart("vcpus");
    for (WatchedVcpu vcpu : timeline.vcpus()) {
      numbers(vcpu.number(), vcpu.level().number(), vcpu.processor());
    }
    json.writeEndArray();
  }

  /**
   * The kinds of steps, then the steps: time, kind, level, processor, vCPU, driver, what.
   *
   * @param driver the number of a step's driver in the page's list, 0 for none
   */
  void steps(List<StepEvent> steps, IntUnaryOperator driver) throws IOException {
    json.writeArrayFieldStart("kinds");
    for (Step step : Step.values()) {
      json.writeStartArray();
      json.writeString(step.label());
      json.writeString(step.meaning());
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("steps");
    for (StepEvent event : steps) {
      json.writeStartArray();
      json.writeNumber(event.tNs());
      json.writeNumber(event.step().number() - 1);
      json.writeNumber(event.vmpl());
      json.writeNumber(event.processor());
      json.writeNumber(event.vcpu());
      json.writeNumber(driver.applyAsInt(event.driver()));
      json.writeNumber(event.access());
      json.writeString(hex(event.gpa()));
      json.writeNumber(event.length());
      json.writeString(hex(event.data()));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  void handOvers() throws IOException {
    json.writeArrayFieldStart("handOvers");
    for (Timeline.HandOver handOver : timeline.handOvers()) {
      numbers(handOver.tNs(), handOver.processor(), handOver.level());
    }
    json.writeEndArray();
  }

  void exits(Map<String, Long> counts) throws IOException {
    json.writeObjectFieldStart("exitCounts");
    for (Map.Entry<String, Long> exit : counts.entrySet()) {
      json.writeNumberField(exit.getKey(), exit.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("exits");
    for (Timeline.Exit exit : timeline.exits()) {
      json.writeStartArray();
      json.writeNumber(exit.tNs());
      json.writeNumber(exit.vcpu());
      json.writeString(exit.reason());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  /** What a level may do with memory. */
  void column(List<Rmp.Run> column) throws IOException {
    json.writeStartArray();
    for (Rmp.Run pages : column) {
      numbers(pages.range().start(), pages.range().end(), pages.permissions());
    }
    json.writeEndArray();
  }

  void changes() throws IOException {
    json.writeArrayFieldStart("changes");
    for (Timeline.Change change : timeline.changes()) {
      numbers(
          change.tNs(),
          change.level().number(),
          change.gpa(),
          change.gpa() + change.length(),
          change.permissions() & PagePermissions.ALL);
    }
    json.writeEndArray();
  }

  void strings(String field, List<String> values) throws IOException {
    json.writeArrayFieldStart(field);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  void numbers(long... values) throws IOException {
    json.writeArray(values, 0, values.length);
  }

  static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
