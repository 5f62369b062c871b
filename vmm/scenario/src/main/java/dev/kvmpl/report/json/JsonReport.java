// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.machine.RunResult;
import dev.kvmpl.observe.Operation;
import dev.kvmpl.observe.PrintedLine;
import dev.kvmpl.observe.StoppedVcpu;
import dev.kvmpl.protocol.tables.ValidatorTables.Ownership;
import dev.kvmpl.report.PagesByWriter;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.timeline.SourceLines;
import dev.kvmpl.trace.Step;
import dev.kvmpl.trace.StepEvent;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A run as one JSON document; docs/json.md describes it. Addresses and data are hex strings. */
public final class JsonReport {
  private final JsonGenerator json;
  private final ScenarioRun run;
  private final Scenario scenario;

  private JsonReport(JsonGenerator json, ScenarioRun run) {
    this.json = json;
    this.run = run;
    this.scenario = run.scenario();
  }

  /** Writes the document and a line feed; the stream stays open. */
  public static void write(Host host, ScenarioRun run, OutputStream out) throws IOException {
    try (JsonGenerator json = JsonParts.generator(out)) {
      new JsonReport(json, run).document(host);
      json.writeRaw('\n');
    }
  }

  private void document(Host host) throws IOException {
    RunResult result = run.result();
    json.writeStartObject();
    JsonParts.host(json, host);
    json.writeStringField("scenario", scenario.name());
    json.writeStringField("enforcement", scenario.machine().enforcement().label());
    json.writeStringField("policy", scenario.machine().policy().label());
    json.writeBooleanField("enforced", scenario.isEnforced());
    json.writeStringField("outcome", result.outcome().label());
    json.writeStringField("message", result.message());
    json.writeStringField("launched", result.launched().toString());
    json.writeNumberField("durationNs", result.durationNs());
    operations(result);
    steps(result);
    writers(result);
    json.writeNumberField("lostRecords", result.lostRecords());
    JsonParts.exits(json, result.exits());
    drivers(result);
    console(result);
    stopped(result);
    state("before", result.before());
    state("after", result.after());
    watch();
    JsonParts.expectations(json, run.unmet());
    json.writeEndObject();
  }

  private void operations(RunResult result) throws IOException {
    json.writeArrayFieldStart("operations");
    for (Operation operation : result.operations()) {
      json.writeStartObject();
      driver("driver", operation.driver());
      json.writeStringField("operation", operation.access().label());
      hex("gpa", operation.gpa());
      json.writeNumberField("length", operation.length());
      hex("data", operation.data());
      json.writeStringField("verdict", scenario.verdictName(operation.verdict()));
      hex("errorCode", operation.verdict().reason().code());
      if (operation.verdict().isWouldRefuse()) {
        json.writeStringField("reason", scenario.verdictName(operation.verdict().reason()));
      }
      driver("owner", operation.owner());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void writers(RunResult result) throws IOException {
    json.writeArrayFieldStart("pagesByWriter");
    for (PagesByWriter writer : PagesByWriter.of(result.operations())) {
      json.writeStartObject();
      driver("driver", writer.driver());
      json.writeNumberField("pages", writer.pages());
      json.writeNumberField("refused", writer.refused());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void steps(RunResult result) throws IOException {
    json.writeArrayFieldStart("steps");
    for (StepEvent event : result.steps()) {
      json.writeStartObject();
      json.writeNumberField("tNs", event.tNs());
      json.writeStringField("step", event.step().label());
      if (event.vmpl() == StepEvent.HYPERVISOR) {
        json.writeNullField("vmpl"); // the hypervisor has no level
      } else {
        json.writeNumberField("vmpl", event.vmpl());
      }
      json.writeNumberField("processor", event.processor());
      json.writeNumberField("vcpu", event.vcpu());
      driver("driver", event.driver());
      hex("gpa", event.gpa());
      if (event.rip() != 0) {
        hex("rip", event.rip());
      }
      if (event.step() == Step.OBTAIN || event.step() == Step.EXECUTE) {
        json.writeStringField("codebase", run.scenario().codebaseName(event.data()));
      }
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void drivers(RunResult result) throws IOException {
    json.writeArrayFieldStart("drivers");
    for (int i = 0; i < result.driverStatus().size(); i++) {
      json.writeStartObject();
      driver("name", i + 1);
      hex("status", result.driverStatus().get(i));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void console(RunResult result) throws IOException {
    json.writeArrayFieldStart("console");
    for (PrintedLine line : result.console()) {
      json.writeStartObject();
      json.writeNumberField("tNs", line.tNs());
      json.writeNumberField("vmpl", line.level().number());
      json.writeNumberField("vcpu", line.vcpu());
      driver("driver", line.driver());
      json.writeStringField("text", line.text());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void stopped(RunResult result) throws IOException {
    SourceLines lines =
        SourceLines.of(run.images(), result.stopped().stream().map(StoppedVcpu::rip).toList());
    json.writeArrayFieldStart("stopped");
    for (StoppedVcpu vcpu : result.stopped()) {
      json.writeStartObject();
      json.writeStringField("vcpu", vcpu.name());
      json.writeNumberField("vmpl", vcpu.level().number());
      driver("driver", vcpu.driver());
      hex("rip", vcpu.rip());
      json.writeStringField("where", lines.words(vcpu.rip()));
      json.writeStringField("registers", vcpu.registers());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void state(String name, RunResult.State state) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeArrayFieldStart("ownership");
    for (Ownership entry : state.ownership()) {
      json.writeStartObject();
      hex("start", entry.range().start());
      hex("end", entry.range().end());
      driver("driver", entry.driver());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("rmp");
    for (Map.Entry<Vmpl, List<Rmp.Run>> column : state.columns().entrySet()) {
      String level = column.getKey().name().toLowerCase(Locale.ROOT);
      for (Rmp.Run pages : column.getValue()) {
        json.writeStartObject();
        hex("start", pages.range().start());
        hex("end", pages.range().end());
        json.writeStringField(level, PagePermissions.toString(pages.permissions()));
        json.writeEndObject();
      }
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private void watch() throws IOException {
    json.writeArrayFieldStart("watch");
    for (int i = 0; i < scenario.watch().size(); i++) {
      Scenario.Watch watch = scenario.watch().get(i);
      json.writeStartObject();
      hex("gpa", watch.gpa());
      json.writeNumberField("length", watch.length());
      json.writeStringField("hex", HexFormat.of().formatHex(run.watched().get(i)));
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void driver(String field, int driver) throws IOException {
    if (scenario.isDriver(driver)) {
      json.writeStringField(field, scenario.driverName(driver));
    } else {
      json.writeNullField(field);
    }
  }

  private void hex(String field, long value) throws IOException {
    json.writeStringField(field, "0x" + Long.toHexString(value));
  }
}
