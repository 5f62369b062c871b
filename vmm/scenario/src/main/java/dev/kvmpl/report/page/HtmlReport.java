// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.page;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.scenario.linux.LinuxRun;
import dev.kvmpl.timeline.Timeline;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A run as one page for a browser, which needs nothing else: a time line with a lane for each vCPU,
 * the memory of each level at any time, verdicts, exits. D3 (ISC) is in it for scales, axes and
 * zooming.
 */
public final class HtmlReport {
  private static final List<String> SCRIPTS =
      List.of(
          "data.js", "scene.js", "lanes.js", "memory.js", "tables.js", "steps.js", "controls.js");

  private HtmlReport() {}

  /** Writes the page; the stream stays open. */
  public static void write(Host host, ScenarioRun run, Timeline timeline, OutputStream out)
      throws IOException {
    write(run.scenario().name(), json -> new RunDocument(json, run, timeline).write(host), out);
  }

  /** The same of a Linux guest's run. */
  public static void write(Host host, LinuxRun run, Timeline timeline, OutputStream out)
      throws IOException {
    write(run.name(), json -> new LinuxDocument(json, run, timeline).write(host), out);
  }

  /** What the page draws. */
  private interface Document {
    void write(JsonGenerator json) throws IOException;
  }

  private static void write(String name, Document document, OutputStream out) throws IOException {
    String page = resource("page.html");
    part(out, page, "", "<!--title-->");
    text(out, escaped(OneLine.of(name)));
    part(out, page, "<!--title-->", "<!--style-->");
    text(out, "<style>\n" + resource("page.css") + "</style>\n");
    part(out, page, "<!--style-->", "<!--data-->");
    text(out, "<script type=\"application/json\" id=\"run\">");
    data(document, out);
    text(out, "</script>\n");
    part(out, page, "<!--data-->", "<!--scripts-->");
    text(out, "<!-- D3:\n" + resource("d3/LICENSE") + "-->\n");
    text(out, "<script>" + resource("d3/d3.min.js") + "</script>\n");
    for (String script : SCRIPTS) {
      text(out, "<script>\n" + resource(script) + "</script>\n");
    }
    part(out, page, "<!--scripts-->", "");
  }

  private static void data(Document document, OutputStream out) throws IOException {
    JsonFactory factory = new JsonFactory();
    factory.setCharacterEscapes(new ScriptEscapes());
    try (JsonGenerator json = factory.createGenerator(out)) {
      json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
      document.write(json);
    }
  }

  /** What is between two marks. */
  private static void part(OutputStream out, String page, String from, String to)
      throws IOException {
    int start = page.indexOf(from) + from.length();
    text(out, to.isEmpty() ? page.substring(start) : page.substring(start, page.indexOf(to)));
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;");
  }

  private static String resource(String name) throws IOException {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
