// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.Payloads;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.RequiresProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A page of tens of thousands of steps. */
@RequiresKvm
@RequiresProgram("chromium")
@Tag("subprocess")
@Tag("needs-browser")
class LongReportPageTest {
  private static final int STORES = 8_000;

  /**
   * Drawn at all is drawn by the pixel: a frame of a long run has as many dots as one of a run of
   * 1,500 steps, so that what it costs is bounded whatever a machine can.
   */
  @Test
  void page_ofManySteps_drawsNoMoreThanItHasPixels(@TempDir Path folder) throws Exception {
    Files.write(folder.resolve("d.elf"), Payloads.driverFile("stores_often"));
    Path scenario = folder.resolve("long.yaml");
    Files.writeString(
        scenario,
        """
        validator: { payload: validator }
        timeLimit: 600s
        drivers: [ { name: d, payload: d.elf, arguments: [0x1000000, %d] } ]
        """
            .formatted(STORES));
    Path page = folder.resolve("report.html");
    Command run = Command.small("run", "--report", page.toString(), scenario.toString());
    assertEquals(0, run.status(), run.err());

    try (Browser browser = new Browser(page, 1200, 900)) {
      int steps = browser.evaluate("run.steps.length").asInt();
      browser.evaluate(
          """
          CanvasRenderingContext2D.prototype.arc = (arc => function (...to) {
            window.dots = (window.dots ?? 0) + 1;
            return arc.apply(this, to);
          })(CanvasRenderingContext2D.prototype.arc)
          """);
      browser.evaluate("scene.changed()");
      browser.drawn();

      assertTrue(steps >= 2 * STORES, steps + " steps");
      int dots = browser.evaluate("window.dots").asInt();
      assertTrue(dots > 100 && dots < 2 * 1200 * 3, dots + " dots");
      assertEquals(
          1000,
          browser.evaluate("document.querySelectorAll('#operations tbody tr').length").asInt());
      assertTrue(browser.evaluate("document.querySelectorAll('*').length").asInt() < 20_000);
      assertEquals(java.util.List.of(), browser.complaints());
    }
  }
}
