// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.kvmpl.kvm.host.Host;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;

/** What the documents have in common; docs/json.md describes them. */
final class JsonParts {
  private JsonParts() {}

  /** What writes a document to a stream that stays open. */
  static JsonGenerator generator(OutputStream out) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.setPrettyPrinter(new DefaultPrettyPrinter());
    return json;
  }

  static void host(JsonGenerator json, Host host) throws IOException {
    json.writeObjectFieldStart("host");
    json.writeStringField("backend", host.backend());
    json.writeStringField("kernel", host.kernel());
    json.writeStringField("cpu", host.cpu());
    json.writeEndObject();
  }

  /** How often each exit was made, by its name. */
  static void exits(JsonGenerator json, Map<String, Long> exits) throws IOException {
    json.writeObjectFieldStart("exits");
    for (Map.Entry<String, Long> exit : exits.entrySet()) {
      json.writeNumberField(exit.getKey(), exit.getValue());
    }
    json.writeEndObject();
  }

  static void expectations(JsonGenerator json, List<String> unmet) throws IOException {
    json.writeObjectFieldStart("expectations");
    json.writeBooleanField("held", unmet.isEmpty());
    strings(json, "unmet", unmet);
    json.writeEndObject();
  }

  static void strings(JsonGenerator json, String field, List<String> values) throws IOException {
    json.writeArrayFieldStart(field);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }
}
