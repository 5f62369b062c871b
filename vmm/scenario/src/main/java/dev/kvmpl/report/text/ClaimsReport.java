// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.trace.Step;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of claims, for people, for machines, and as a page. */
public final class ClaimsReport {
  private ClaimsReport() {}

  /** The table, then why each failed row failed. */
  public static void writeText(
      Host host, EnforcementKind enforcement, List<ClaimRow> rows, Look look, PrintWriter out) {
    look.paragraph(out, heading(host, enforcement));
    out.println();
    new Table(look, "claim", "", "what", "run", "steps")
        .print(
            out,
            table -> {
              for (ClaimRow row : rows) {
                table.of(
                    row.name(),
                    outcome(row),
                    row.title(),
                    String.join(", ", row.runs()),
                    row.steps().stream().map(Step::label).collect(Collectors.joining(" ")));
              }
            });
    out.println();
    for (ClaimRow row : rows) {
      row.missing()
          .forEach(line -> look.paragraph(out, "claim " + row.name() + ", missing: " + line));
    }
    out.println(summary(rows));
    out.flush();
  }

  /** One document: docs/json.md. The stream stays open. */
  public static void writeJson(
      Host host, EnforcementKind enforcement, List<ClaimRow> rows, OutputStream out)
      throws IOException {
    try (JsonGenerator json = new JsonFactory().createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      json.writeObjectFieldStart("host");
      json.writeStringField("backend", host.backend());
      json.writeStringField("kernel", host.kernel());
      json.writeStringField("cpu", host.cpu());
      json.writeEndObject();
      json.writeStringField("enforcement", enforcement.label());
      json.writeArrayFieldStart("claims");
      for (ClaimRow row : rows) {
        json.writeStartObject();
        json.writeStringField("claim", row.name());
        json.writeStringField("title", row.title());
        json.writeBooleanField("passed", row.passed());
        strings(json, "runs", row.runs());
        strings(json, "steps", row.steps().stream().map(Step::label).toList());
        strings(json, "missing", row.missing());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeBooleanField("passed", rows.stream().allMatch(ClaimRow::passed));
      json.writeEndObject();
      json.writeRaw('\n');
    }
  }

  private static void strings(JsonGenerator json, String field, List<String> values)
      throws IOException {
    json.writeArrayFieldStart(field);
    for (String value : values) {
      json.writeString(value);
    }
    json.writeEndArray();
  }

  /** A page in Markdown. */
  public static String markdown(Host host, EnforcementKind enforcement, List<ClaimRow> rows) {
    StringBuilder page = new StringBuilder();
    page.append("# Claims\n\n")
        .append(heading(host, enforcement))
        .append("\n\n")
        .append("| claim | | what | run | steps |\n|---|---|---|---|---|\n");
    for (ClaimRow row : rows) {
      page.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %s | %s | %s |\n",
              row.name(),
              outcome(row),
              row.title(),
              String.join("<br>", row.runs()),
              row.steps().stream().map(Step::label).collect(Collectors.joining(" "))));
    }
    page.append('\n');
    for (ClaimRow row : rows) {
      row.missing()
          .forEach(
              line ->
                  page.append(
                      String.format(Locale.ROOT, "- claim %s, missing: %s\n", row.name(), line)));
    }
    return page.append(summary(rows)).append('\n').toString();
  }

  private static String heading(Host host, EnforcementKind enforcement) {
    return String.format(
        Locale.ROOT,
        "%s, Linux %s, %s, enforcement %s",
        host.backend(),
        host.kernel(),
        host.cpu(),
        enforcement.label());
  }

  private static String outcome(ClaimRow row) {
    return row.passed() ? "pass" : "FAIL";
  }

  private static String summary(List<ClaimRow> rows) {
    long passed = rows.stream().filter(ClaimRow::passed).count();
    return String.format(Locale.ROOT, "%d of %d pass", passed, rows.size());
  }
}
