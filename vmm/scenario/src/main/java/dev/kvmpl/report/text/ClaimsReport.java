// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.claims.ClaimRow;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.trace.Step;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The table of claims, for people at a terminal and as a page. */
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
