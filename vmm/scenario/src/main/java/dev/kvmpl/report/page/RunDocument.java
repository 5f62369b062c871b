// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.observe.WatchedVcpu;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.report.PagesByWriter;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.timeline.SourceLines;
import dev.kvmpl.timeline.TimedOperation;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What {@link HtmlReport}'s page draws, as JSON: rows are arrays, because there are thousands of
 * them. {@code data.js} reads them, in the same order.
 */
final class RunDocument {
  private final JsonGenerator json;
  private final ScenarioRun run;
  private final RunResult result;
  private final Scenario scenario;
  private final MachineSpec machine;
  private final Timeline timeline;
  private final List<TimedOperation> operations;
  private final SourceLines lines;

  RunDocument(JsonGenerator json, ScenarioRun run, Timeline timeline) {
    this.json = json;
    this.run = run;
    this.result = run.result();
    this.scenario = run.scenario();
    this.machine = scenario.machine();
    this.timeline = timeline;
    this.operations = TimedOperation.of(result, timeline);
    TreeSet<Long> addresses = new TreeSet<>();
    operations.forEach(operation -> addresses.add(operation.rip()));
    this.lines = SourceLines.of(timeline.images(), addresses);
  }

  void write(Host host) throws IOException {
    json.writeStartObject();
    json.writeStringField("scenario", scenario.name());
    json.writeStringField("host", host.backend());
    json.writeStringField("kernel", host.kernel());
    json.writeStringField("cpu", host.cpu());
    json.writeStringField("enforcement", machine.enforcement().label());
    json.writeStringField("detection", machine.detection().label());
    json.writeBooleanField("enforced", scenario.isEnforced());
    json.writeStringField("outcome", result.outcome().label());
    json.writeStringField("message", result.message());
    json.writeNumberField("durationNs", result.durationNs());
    json.writeNumberField("lost", result.lostRecords());
    json.writeNumberField("memorySize", machine.memorySize());
    drivers();
    vcpus();
    steps();
    handOvers();
    exits();
    operations();
    writers();
    memory();
    watch();
    console();
    strings("unmet", run.unmet());
    json.writeEndObject();
  }

  private void drivers() throws IOException {
    json.writeArrayFieldStart("drivers");
    for (int i = 0; i < machine.drivers().size(); i++) {
      json.writeStartArray();
      json.writeString(machine.drivers().get(i).name());
      json.writeNumber(machine.drivers().get(i).level().number());
      json.writeString(hex(result.driverStatus().get(i)));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void vcpus() throws IOException {
    json.writeArrayFieldStart("vcpus");
    for (WatchedVcpu vcpu : timeline.vcpus()) {
      numbers(vcpu.number(), vcpu.level().number(), vcpu.processor());
    }
    json.writeEndArray();
  }

  /** The kinds of steps, then the steps: time, kind, level, processor, vCPU, driver, what. */
  private void steps() throws IOException {
    json.writeArrayFieldStart("kinds");
    for (Step step : Step.values()) {
      json.writeStartArray();
      json.writeString(step.label());
      json.writeString(step.meaning());
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("steps");
    for (StepEvent event : result.steps()) {
      json.writeStartArray();
      json.writeNumber(event.tNs());
      json.writeNumber(event.step().number() - 1);
      json.writeNumber(event.vmpl());
      json.writeNumber(event.processor());
      json.writeNumber(event.vcpu());
      json.writeNumber(scenario.isDriver(event.driver()) ? event.driver() : 0);
      json.writeNumber(event.access());
      json.writeString(hex(event.gpa()));
      json.writeNumber(event.length());
      json.writeString(hex(event.data()));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void handOvers() throws IOException {
    json.writeArrayFieldStart("handOvers");
    for (Timeline.HandOver handOver : timeline.handOvers()) {
      numbers(handOver.tNs(), handOver.processor(), handOver.level());
    }
    json.writeEndArray();
  }

  private void exits() throws IOException {
    json.writeObjectFieldStart("exitCounts");
    for (Map.Entry<String, Long> exit : result.exits().entrySet()) {
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

  private void operations() throws IOException {
    json.writeArrayFieldStart("operations");
    for (TimedOperation timed : operations) {
      Operation operation = timed.operation();
      json.writeStartArray();
      json.writeNumber(timed.tNs());
      json.writeNumber(timed.vcpu());
      json.writeNumber(scenario.isDriver(operation.driver()) ? operation.driver() : 0);
      json.writeString(operation.access().label());
      json.writeString(hex(operation.gpa()));
      json.writeNumber(operation.length());
      json.writeString(hex(operation.data()));
      Verdict reason = operation.verdict().reason();
      json.writeString(scenario.verdictName(operation.verdict()));
      json.writeString(reason.done() ? "" : hex(reason.code()));
      json.writeNumber(scenario.isDriver(operation.owner()) ? operation.owner() : 0);
      SourceLines.Place place = lines.at(timed.rip()).orElse(null);
      json.writeString(place == null ? "" : place.shortly());
      json.writeString(place == null ? "" : place.function());
      json.writeString(timed.rip() == 0 ? "" : hex(timed.rip()));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void writers() throws IOException {
    json.writeArrayFieldStart("writers");
    for (PagesByWriter writer : PagesByWriter.of(result.operations())) {
      int driver = scenario.isDriver(writer.driver()) ? writer.driver() : 0;
      numbers(driver, writer.pages(), writer.refused());
    }
    json.writeEndArray();
  }

  private void memory() throws IOException {
    json.writeArrayFieldStart("before");
    for (List<Rmp.Run> column : result.before().columns().values()) {
      json.writeStartArray();
      for (Rmp.Run pages : column) {
        numbers(pages.range().start(), pages.range().end(), pages.permissions());
      }
      json.writeEndArray();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("levels");
    for (var level : result.before().columns().keySet()) {
      json.writeNumber(level.number());
    }
    json.writeEndArray();
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
    ownership("ownedBefore", result.before().ownership());
    ownership("ownedAfter", result.after().ownership());
    json.writeArrayFieldStart("restricted");
    for (var range : machine.restricted()) {
      numbers(range.start(), range.end());
    }
    json.writeEndArray();
  }

  private void ownership(String field, List<Ownership> entries) throws IOException {
    json.writeArrayFieldStart(field);
    for (Ownership entry : entries) {
      numbers(entry.range().start(), entry.range().end(), entry.driver());
    }
    json.writeEndArray();
  }

  private void watch() throws IOException {
    json.writeArrayFieldStart("watch");
    for (int i = 0; i < scenario.watch().size(); i++) {
      json.writeStartArray();
      json.writeString(hex(scenario.watch().get(i).gpa()));
      json.writeString(HexFormat.ofDelimiter(" ").formatHex(run.watched().get(i)));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void console() throws IOException {
    json.writeArrayFieldStart("console");
    for (PrintedLine line : result.console()) {
      json.writeStartArray();
      json.writeNumber(line.tNs());
      json.writeNumber(line.level().number());
      json.writeNumber(line.vcpu());
      json.writeNumber(scenario.isDriver(line.driver()) ? line.driver() : 0);
      json.writeString(line.text());
      json.writeEndArray();
    }
    json.writeEndArray();
    SourceLines places =
        SourceLines.of(timeline.images(), result.stopped().stream().map(StoppedVcpu::rip).toList());
    json.writeArrayFieldStart("stopped");
    for (StoppedVcpu vcpu : result.stopped()) {
      json.writeStartArray();
      json.writeString(vcpu.name());
      json.writeNumber(scenario.isDriver(vcpu.driver()) ? vcpu.driver() : 0);
      json.writeString(places.words(vcpu.rip()));
      json.writeString(vcpu.registers());
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void strings(String field, List<String> values) throws IOException {
    json.writeArrayFieldStart(field);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  private void numbers(long... values) throws IOException {
    json.writeArray(values, 0, values.length);
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
