// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.junit;

import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.json.TraceFile;
import dev.kvmpl.report.page.HtmlReport;
import dev.kvmpl.report.text.TextReport;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.jupiter.api.MediaType;
import org.junit.jupiter.api.extension.ExtensionContext;

/** What is attached to a test that has failed. */
final class Attachments {
  private Attachments() {}

  static void publish(ExtensionContext context, KvmRun run) {
    Host host = Host.detect();
    context.publishFile(
        run.name() + ".html",
        MediaType.create("text", "html", StandardCharsets.UTF_8),
        file -> {
          try (OutputStream out = Files.newOutputStream(file)) {
            HtmlReport.write(host, run.scenarioRun(), run.timeline(), out);
          }
        });
    context.publishFile(
        run.name() + ".json",
        MediaType.APPLICATION_JSON,
        file -> {
          try (OutputStream out = Files.newOutputStream(file)) {
            TraceFile.write(run.scenarioRun(), run.timeline(), out);
          }
        });
    context.publishFile(
        run.name() + ".txt",
        MediaType.TEXT_PLAIN_UTF_8,
        file -> {
          try (PrintWriter out =
              new PrintWriter(Files.newBufferedWriter(file, StandardCharsets.UTF_8))) {
            TextReport.write(host, run.scenarioRun(), out);
          }
        });
  }
}
