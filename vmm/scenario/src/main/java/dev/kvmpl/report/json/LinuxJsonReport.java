// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.policy.Protected;
import dev.kvmpl.scenario.linux.LinuxRun;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;

/** A Linux guest's run as one JSON document; docs/linux.md describes it. */
public final class LinuxJsonReport {
  private LinuxJsonReport() {}

  /** Writes the document and a line feed; the stream stays open. */
  public static void write(Host host, LinuxRun run, OutputStream out) throws IOException {
    LinuxResult result = run.result();
    try (JsonGenerator json = JsonParts.generator(out)) {
      json.writeStartObject();
      JsonParts.host(json, host);
      json.writeStringField("scenario", run.name());
      json.writeStringField("enforcement", run.scenario().enforcement().label());
      JsonParts.strings(
          json,
          "protects",
          run.scenario().policy().protects().stream().map(Protected::label).toList());
      json.writeStringField("outcome", result.outcome().label());
      json.writeStringField("message", result.message());
      json.writeStringField("launched", result.launched().toString());
      json.writeNumberField("durationNs", result.elapsedNs());
      json.writeBooleanField("protected", result.isProtected());
      if (result.status().isPresent()) {
        json.writeNumberField("status", result.status().getAsInt());
      }
      json.writeArrayFieldStart("attempts");
      for (Attempt attempt : result.attempts()) {
        attempt(json, attempt);
      }
      json.writeEndArray();
      json.writeNumberField("lostAttempts", result.lost());
      JsonParts.exits(json, result.exits());
      json.writeObjectFieldStart("unknownPorts");
      for (Map.Entry<Integer, Long> port : result.unknownPorts().entrySet()) {
        json.writeNumberField(hex(port.getKey()), port.getValue());
      }
      json.writeEndObject();
      JsonParts.expectations(json, run.unmet());
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void attempt(JsonGenerator json, Attempt attempt) throws IOException {
    json.writeStartObject();
    json.writeNumberField("timeNs", attempt.timeNs());
    json.writeNumberField("processor", attempt.processor());
    json.writeStringField("who", attempt.writer().label());
    json.writeStringField("task", attempt.task());
    json.writeStringField("instruction", attempt.writer().place());
    json.writeStringField("what", attempt.what());
    json.writeStringField("target", attempt.target());
    json.writeStringField("gpa", hex(attempt.gpa()));
    json.writeNumberField("length", attempt.length());
    json.writeStringField("data", hex(attempt.data()));
    json.writeNumberField("exits", attempt.exits());
    json.writeStringField("answer", attempt.answer().label());
    json.writeStringField("verdict", attempt.verdict().label());
    json.writeEndObject();
  }

  private static String hex(long value) {
    return "0x" + Long.toHexString(value);
  }
}
