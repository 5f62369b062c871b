// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.report.PagesByWriter;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.spec.MachineSpec;
import dev.kvmpl.timeline.SourceLines;
import dev.kvmpl.timeline.TimedOperation;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.vmpl.Rmp;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
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
  private final TimelineRows rows;
  private final List<TimedOperation> operations;
  private final SourceLines lines;

  RunDocument(JsonGenerator json, ScenarioRun run, Timeline timeline) {
    this.json = json;
    this.run = run;
    this.result = run.result();
    this.scenario = run.scenario();
    this.machine = scenario.machine();
    this.timeline = timeline;
    this.rows = new TimelineRows(json, timeline);
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
    rows.vcpus();
    rows.steps(result.steps(), driver -> scenario.isDriver(driver) ? driver : 0);
    rows.handOvers();
    rows.exits(result.exits());
    operations();
    writers();
    memory();
    watch();
    console();
    rows.strings("unmet", run.unmet());
    json.writeEndObject();
  }

  private void drivers() throws IOException {
    json.writeArrayFieldStart("drivers");
    for (int i = 0; i < machine.drivers().size(); i++) {
      json.writeStartArray();
      json.writeString(machine.drivers().get(i).name());
      json.writeNumber(machine.drivers().get(i).level().number());
      json.writeString(TimelineRows.hex(result.driverStatus().get(i)));
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
      json.writeString(TimelineRows.hex(operation.gpa()));
      json.writeNumber(operation.length());
      json.writeString(TimelineRows.hex(operation.data()));
      Verdict reason = operation.verdict().reason();
      json.writeString(scenario.verdictName(operation.verdict()));
      json.writeString(reason.done() ? "" : TimelineRows.hex(reason.code()));
      json.writeNumber(scenario.isDriver(operation.owner()) ? operation.owner() : 0);
      SourceLines.Place place = lines.at(timed.rip()).orElse(null);
      json.writeString(place == null ? "" : place.shortly());
      json.writeString(place == null ? "" : place.function());
      json.writeString(timed.rip() == 0 ? "" : TimelineRows.hex(timed.rip()));
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void writers() throws IOException {
    json.writeArrayFieldStart("writers");
    for (PagesByWriter writer : PagesByWriter.of(result.operations())) {
      int driver = scenario.isDriver(writer.driver()) ? writer.driver() : 0;
      rows.numbers(driver, writer.pages(), writer.refused());
    }
    json.writeEndArray();
  }

  private void memory() throws IOException {
    json.writeArrayFieldStart("before");
    for (List<Rmp.Run> column : result.before().columns().values()) {
      rows.column(column);
    }
    json.writeEndArray();
    json.writeArrayFieldStart("levels");
    for (var level : result.before().columns().keySet()) {
      json.writeNumber(level.number());
    }
    json.writeEndArray();
    rows.changes();
    ownership("ownedBefore", result.before().ownership());
    ownership("ownedAfter", result.after().ownership());
    json.writeArrayFieldStart("restricted");
    for (var range : machine.restricted()) {
      rows.numbers(range.start(), range.end());
    }
    json.writeEndArray();
  }

  private void ownership(String field, List<Ownership> entries) throws IOException {
    json.writeArrayFieldStart(field);
    for (Ownership entry : entries) {
      rows.numbers(entry.range().start(), entry.range().end(), entry.driver());
    }
    json.writeEndArray();
  }

  private void watch() throws IOException {
    json.writeArrayFieldStart("watch");
    for (int i = 0; i < scenario.watch().size(); i++) {
      json.writeStartArray();
      json.writeString(TimelineRows.hex(scenario.watch().get(i).gpa()));
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
}
