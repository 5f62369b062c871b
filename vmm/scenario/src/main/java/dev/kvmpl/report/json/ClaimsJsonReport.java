// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.json;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** The table of claims as a JSON document; docs/json.md describes it. */
public final class ClaimsJsonReport {
  private ClaimsJsonReport() {}

  /** Writes the document and a line feed; the stream stays open. */
  public static void write(
      Host host, EnforcementKind enforcement, List<ClaimRow> rows, OutputStream out)
      throws IOException {
    try (JsonGenerator json = JsonParts.generator(out)) {
      json.writeStartObject();
      JsonParts.host(json, host);
      json.writeStringField("enforcement", enforcement.label());
      json.writeArrayFieldStart("claims");
      for (ClaimRow row : rows) {
        json.writeStartObject();
        json.writeStringField("claim", row.name());
        json.writeStringField("title", row.title());
        json.writeBooleanField("passed", row.passed());
        JsonParts.strings(json, "runs", row.runs());
        JsonParts.strings(json, "steps", row.steps().stream().map(Step::label).toList());
        JsonParts.strings(json, "missing", row.missing());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeBooleanField("passed", rows.stream().allMatch(ClaimRow::passed));
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }
}
