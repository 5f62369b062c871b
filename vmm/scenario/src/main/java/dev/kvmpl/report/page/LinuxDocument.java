// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.page;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.timeline.Timeline;
import dev.kvmpl.vmpl.Vmpl;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the page draws of a Linux guest's run: the same as {@link RunDocument}. Its drivers are
 * those that have stored: the kernel, what patches its code, modules.
 */
final class LinuxDocument {
  private static final List<String> NONE =
      List.of("ownedBefore", "ownedAfter", "restricted", "watch", "console", "stopped");

  private final JsonGenerator json;
  private final LinuxRun run;
  private final LinuxResult result;
  private final TimelineRows rows;
  private final Map<String, Integer> drivers = new LinkedHashMap<>(); // by label, from 1 on
  private final Map<Integer, Integer> modules = new HashMap<>(); // their drivers, by number

  LinuxDocument(JsonGenerator json, LinuxRun run, Timeline timeline) {
    this.json = json;
    this.run = run;
    this.result = run.result();
    this.rows = new TimelineRows(json, timeline);
    for (Attempt attempt : result.attempts()) {
      Writer writer = attempt.writer();
      int driver = drivers.computeIfAbsent(writer.label(), _ -> drivers.size() + 1);
      if (writer.module() != 0) {
        modules.put(writer.module(), driver);
      }
    }
  }

  void write(Host host) throws IOException {
    json.writeStartObject();
    json.writeStringField("scenario", run.name());
    json.writeStringField("host", host.backend());
    json.writeStringField("kernel", host.kernel());
    json.writeStringField("cpu", host.cpu());
    json.writeStringField("enforcement", run.scenario().enforcement().label());
    json.writeStringField("detection", Detection.TRAP.label());
    json.writeBooleanField("enforced", true);
    json.writeStringField("outcome", result.outcome().label());
    json.writeStringField("message", result.message());
    json.writeNumberField("durationNs", result.elapsedNs());
    json.writeNumberField("lost", result.lost());
    json.writeNumberField("memorySize", run.memorySize());
    drivers();
    rows.vcpus();
    rows.steps(result.steps(), module -> modules.getOrDefault(module, 0));
    rows.handOvers();
    rows.exits(result.exits());
    operations();
    writers();
    json.writeArrayFieldStart("before");
    rows.column(result.before());
    json.writeEndArray();
    json.writeArrayFieldStart("levels");
    json.writeNumber(Vmpl.VMPL1.number());
    json.writeEndArray();
    rows.changes();
    for (String field : NONE) {
      rows.strings(field, List.of());
    }
    rows.strings("unmet", run.unmet());
    json.writeEndObject();
  }

  private void drivers() throws IOException {
    json.writeArrayFieldStart("drivers");
    for (String label : drivers.keySet()) {
      json.writeStartArray();
      json.writeString(label);
      json.writeNumber(Vmpl.VMPL1.number());
      json.writeString("");
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private void operations() throws IOException {
    json.writeArrayFieldStart("operations");
    for (Attempt attempt : result.attempts()) {
      json.writeStartArray();
      json.writeNumber(attempt.timeNs());
      json.writeNumber(-1);
      json.writeNumber(driver(attempt));
      json.writeString("write");
      json.writeString(TimelineRows.hex(attempt.gpa()));
      json.writeNumber(attempt.length());
      json.writeString(TimelineRows.hex(attempt.data()));
      json.writeString(attempt.verdict().label());
      json.writeString(attempt.answer().label());
      json.writeNumber(0);
      json.writeString(attempt.writer().place());
      json.writeString("to " + attempt.target() + " (" + attempt.what() + ") " + attempt.task());
      json.writeString("");
      json.writeEndArray();
    }
    json.writeEndArray();
  }

  private int driver(Attempt attempt) {
    return drivers.getOrDefault(attempt.writer().label(), 0);
  }

  /** How many pages each has written, or would have, and in how many of them it was refused. */
  private void writers() throws IOException {
    json.writeArrayFieldStart("writers");
    for (int driver : new ArrayList<>(drivers.values())) {
      Set<Long> all = new HashSet<>();
      Set<Long> refused = new HashSet<>();
      for (Attempt attempt : result.attempts()) {
        if (driver(attempt) == driver) {
          all.add(attempt.gpa() >>> 12);
          if (!attempt.answer().stores()) {
            refused.add(attempt.gpa() >>> 12);
          }
        }
      }
      rows.numbers(driver, all.size(), refused.size());
    }
    json.writeEndArray();
  }
}
