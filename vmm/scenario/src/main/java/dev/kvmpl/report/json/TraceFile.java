// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A run in the trace event format (JSON), which Perfetto and Chrome's tracing open: a process for
 * each processor, in it a track for the VMM and for each vCPU; a slice for each step, which lasts
 * until the processor's next one; a flow wherever that one is on another track; an instant for each
 * exit.
 */
public final class TraceFile {
  /** The VMM's track, beside those of vCPUs, which have their numbers. */
  private static final int VMM_TRACK = 1 << 16;

  private final JsonGenerator json;
  private final ScenarioRun run;
  private final Timeline timeline;
  private int flows;

  private TraceFile(JsonGenerator json, ScenarioRun run, Timeline timeline) {
    this.json = json;
    this.run = run;
    this.timeline = timeline;
  }

  /** Writes the document; the stream stays open. */
  public static void write(ScenarioRun run, Timeline timeline, OutputStream out)
      throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      new TraceFile(json, run, timeline).document();
      json.writeRaw('\n');
    }
  }

  private void document() throws IOException {
    json.writeStartObject();
    json.writeStringField("displayTimeUnit", "ns");
    json.writeObjectFieldStart("otherData");
    json.writeStringField("scenario", run.scenario().name());
    json.writeBooleanField("enforced", run.scenario().isEnforced());
    json.writeStringField("outcome", run.result().outcome().label());
    json.writeEndObject();
    json.writeArrayFieldStart("traceEvents");
    tracks();
    Map<Integer, StepEvent> latest = new HashMap<>();
    for (StepEvent event : run.result().steps()) {
      StepEvent before = latest.put(event.processor(), event);
      if (before != null) {
        slice(before, event.tNs());
        flow(before, event);
      }
    }
    for (StepEvent event : latest.values()) {
      slice(event, Math.max(event.tNs(), run.result().durationNs()));
    }
    exits();
    json.writeEndArray();
    json.writeEndObject();
  }

  private void tracks() throws IOException {
    for (WatchedVcpu vcpu : timeline.vcpus()) {
      name("process_name", vcpu.processor(), 0, "processor " + vcpu.processor());
      name("thread_name", vcpu.processor(), VMM_TRACK, "VMM");
      name(
          "thread_name",
          vcpu.processor(),
          vcpu.number(),
          String.format(Locale.ROOT, "VMPL%d vcpu%d", vcpu.level().number(), vcpu.number()));
    }
  }

  private void name(String what, int process, int track, String name) throws IOException {
    begin("M", what, process, track);
    json.writeObjectFieldStart("args");
    json.writeStringField("name", name);
    json.writeEndObject();
    json.writeEndObject();
  }

  private void slice(StepEvent event, long endNs) throws IOException {
    begin("X", event.step().label(), event.processor(), track(event));
    json.writeStringField("cat", "step");
    micros("ts", event.tNs());
    micros("dur", endNs - event.tNs());
    json.writeObjectFieldStart("args");
    json.writeStringField("what", event.step().meaning());
    json.writeStringField("driver", run.scenario().driverName(event.driver()));
    if (event.length() != 0) {
      json.writeStringField("gpa", "0x" + Long.toHexString(event.gpa()));
      json.writeNumberField("length", event.length());
    }
    switch (event.step()) {
      case GRANT -> json.writeStringField("may", PagePermissions.toString((int) event.data()));
      case ATTEMPT, COMPLETE ->
          json.writeStringField("data", "0x" + Long.toHexString(event.data()));
      default -> {}
    }
    json.writeEndObject();
    json.writeEndObject();
  }

  private void flow(StepEvent from, StepEvent to) throws IOException {
    if (track(from) == track(to)) {
      return;
    }
    flows++;
    flowEnd("s", from);
    flowEnd("f", to);
  }

  private void flowEnd(String phase, StepEvent event) throws IOException {
    begin(phase, "hand-over", event.processor(), track(event));
    json.writeStringField("cat", "flow");
    json.writeNumberField("id", flows);
    json.writeStringField("bp", "e");
    micros("ts", event.tNs());
    json.writeEndObject();
  }

  private void exits() throws IOException {
    List<WatchedVcpu> vcpus = timeline.vcpus();
    for (Timeline.Exit exit : timeline.exits()) {
      begin("i", exit.reason(), vcpus.get(exit.vcpu()).processor(), exit.vcpu());
      json.writeStringField("cat", "exit");
      json.writeStringField("s", "t");
      micros("ts", exit.tNs());
      json.writeEndObject();
    }
  }

  private void begin(String phase, String name, int process, int track) throws IOException {
    json.writeStartObject();
    json.writeStringField("ph", phase);
    json.writeStringField("name", name);
    json.writeNumberField("pid", process);
    json.writeNumberField("tid", track);
  }

  private static int track(StepEvent event) {
    return event.vmpl() == StepEvent.HYPERVISOR ? VMM_TRACK : event.vcpu();
  }

  private void micros(String field, long ns) throws IOException {
    json.writeNumberField(field, BigDecimal.valueOf(ns, 3));
  }
}
