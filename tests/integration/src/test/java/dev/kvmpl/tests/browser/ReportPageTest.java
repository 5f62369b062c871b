// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.RequiresProgram;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page of {@code --report}, of the built-in scenario, in a browser. */
@RequiresKvm
@RequiresProgram("chromium")
@Tag("subprocess")
@Tag("needs-browser")
class ReportPageTest {
  private static Browser browser;

  @BeforeAll
  static void openPage(@TempDir Path folder) throws Exception {
    Path page = folder.resolve("report.html");
    Command run = Command.kvmpl("run", "--report", page.toString());
    assertEquals(0, run.status(), run.err());
    browser = new Browser(page, 1200, 1600);
  }

  @AfterAll
  static void close() throws Exception {
    browser.close();
  }

  @BeforeEach
  void atTheEnd() throws Exception {
    browser.evaluate("document.activeElement.blur(), document.getElementById('after').click()");
    browser.evaluate("document.getElementById('all').click()");
    browser.evaluate("delete document.documentElement.dataset.theme");
    browser.prefer("light");
  }

  private static List<String> column(String table, int number) throws Exception {
    List<String> cells = new ArrayList<>();
    for (JsonNode cell :
        browser.evaluate(
            "[...document.querySelectorAll('#%s tbody tr')].map(row => row.cells[%d].innerText)"
                .formatted(table, number))) {
      cells.add(cell.asText());
    }
    return cells;
  }

  /** Colours that more than a few pixels of a canvas have. */
  private static Set<String> colours(String canvas) throws Exception {
    Set<String> colours = new HashSet<>();
    for (JsonNode colour :
        browser.evaluate(
            """
            (() => {
              const canvas = document.getElementById('%s');
              const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              const counts = new Map();
              for (let i = 0; i < data.length; i += 4) {
                const colour = '#' + [data[i], data[i + 1], data[i + 2]].map(v => v.toString(16).padStart(2, '0')).join('');
                if (data[i + 3] === 255) counts.set(colour, (counts.get(colour) ?? 0) + 1);
              }
              return [...counts].filter(([, count]) => count > 30).map(([colour]) => colour);
            })()
            """
                .formatted(canvas))) {
      colours.add(colour.asText());
    }
    return colours;
  }

  @Test
  void page_saysWhatCameOfTheRun() throws Exception {
    assertEquals("default.yaml", browser.text("h1"));
    assertTrue(browser.text("#outcome").startsWith("completed in "), browser.text("#outcome"));
    assertTrue(browser.text("#facts").contains("enforcement slots"), browser.text("#facts"));
  }

  @Test
  void verdicts_haveReasonsAndSourceLines() throws Exception {
    assertEquals(
        List.of(
            "allowed", "allowed", "already-open", "restricted", "owned-by-other", "already-open"),
        column("operations", 6));
    List<String> sources = column("operations", 9);
    assertTrue(sources.getFirst().matches("store\\.c:[0-9]+ driver_main"), sources::toString);
    assertTrue(sources.get(3).matches("disk\\.c:[0-9]+ driver_main"), sources::toString);
    assertNotEquals(sources.get(3), sources.get(4));
  }

  @Test
  void timeLine_hasALaneForEachVcpuAndTheVmm_andEachDriversColour() throws Exception {
    assertEquals(
        "[\"VMPL0 vcpu1\",\"VMM\",\"VMPL1 vcpu0\"]",
        browser.evaluate("lanes.map(lane => lane.name)").toString());
    Set<String> colours = colours("lanes");
    assertTrue(colours.contains("#4e79a7") && colours.contains("#f28e2c"), colours::toString);
  }

  @Test
  void arrowKeys_goFromStepToStep() throws Exception {
    browser.evaluate("document.getElementById('lanes').focus()");
    browser.press("Home");
    String assign = browser.text("#detail");
    browser.press("ArrowRight");
    String request = browser.text("#detail");
    browser.press("ArrowLeft");

    assertTrue(assign.contains("net: ASSIGN: the kernel assigns"), assign);
    assertTrue(request.contains("net: REQUEST: it asks for a vCPU"), request);
    assertEquals(assign, browser.text("#detail"));
    assertEquals(List.of("ASSIGN"), chosenSteps());
  }

  private static List<String> chosenSteps() throws Exception {
    List<String> chosen = new ArrayList<>();
    browser
        .evaluate(
            "[...document.querySelectorAll('#steps tr.chosen')].map(row => row.cells[2].innerText)")
        .forEach(step -> chosen.add(step.asText()));
    return chosen;
  }

  @Test
  void upAndDown_goFromVerdictToVerdict() throws Exception {
    browser.evaluate("document.getElementById('lanes').focus()");
    browser.press("Home");
    browser.press("ArrowDown");
    String first = browser.text("#detail");
    for (int i = 0; i < 3; i++) {
      browser.press("ArrowDown");
    }
    String fourth = browser.text("#detail");
    browser.press("ArrowUp");

    assertTrue(first.contains("net write of 8 bytes at 0x1200100: allowed, store.c:"), first);
    assertTrue(fourth.contains("at 0x1400000: restricted 0x80001000, disk.c:"), fourth);
    assertTrue(
        browser.text("#detail").contains("0x1100008: already-open"), browser.text("#detail"));
  }

  @Test
  void plusMinusAndNull_zoom() throws Exception {
    double all = browser.evaluate("scene.to - scene.from").asDouble();
    browser.evaluate("document.getElementById('lanes').focus()");
    browser.press("+");
    double closer = browser.evaluate("scene.to - scene.from").asDouble();
    browser.press("0");

    assertEquals(all / 1.6, closer, all / 1000);
    assertEquals(all, browser.evaluate("scene.to - scene.from").asDouble(), all / 1000);
  }

  /** A page is open to its driver between its grant and the end of the driver. */
  @Test
  void slider_showsMemoryAtThatTime() throws Exception {
    String page = "memory.rows()[0].values[memory.pieces.findIndex(p => p.start === 0x1200000)]";
    browser.evaluate("document.getElementById('before').click()");
    browser.drawn();
    int before = browser.evaluate(page).asInt();
    String when = browser.text("#when");
    browser.evaluate(
        "scene.moveTo(run.steps.find(step => run.kinds[step.kind].label === 'COMPLETE').t)");
    browser.drawn();
    int during = browser.evaluate(page).asInt();
    browser.evaluate("document.getElementById('after').click()");
    browser.drawn();

    assertEquals("before the run", when);
    assertEquals(0xd, before);
    assertEquals(0xf, during);
    assertEquals(0xd, browser.evaluate(page).asInt());
  }

  @Test
  void slider_movedByKey_changesTheTime() throws Exception {
    double end = browser.evaluate("scene.t").asDouble();
    browser.evaluate("document.getElementById('slider').focus()");
    browser.press("Home");

    assertEquals(0, browser.evaluate("scene.t").asDouble());
    assertTrue(end > 0);
  }

  @Test
  void memory_isColouredByPermissionsAndOwners() throws Exception {
    Set<String> colours = colours("memory");

    assertTrue(colours.containsAll(Set.of("#f28e2b", "#6baed6", "#c6dbef")), colours::toString);
    assertTrue(colours.contains("#4e79a7"), colours::toString);
  }

  @Test
  void memoryAsATable_saysTheSame() throws Exception {
    browser.evaluate("document.querySelector('details').open = true");

    List<String> owned = column("ranges", 2);
    assertTrue(owned.containsAll(List.of("rwus", "r-us", "net", "disk")), owned::toString);
  }

  @Test
  void tablesOfTheEnd_countExitsAndPagesByWriter() throws Exception {
    List<String> exits = column("exits", 0);

    assertTrue(exits.contains("X86_WRMSR"), exits::toString);
    assertEquals(List.of("disk", "net"), column("writers", 0));
    assertEquals(List.of("3", "1"), column("writers", 1));
    assertEquals(List.of("0x1100000", "0x1200100", "0x1400000"), column("watch", 0));
  }

  @Test
  void darkIsDark_andTheButtonChangesIt() throws Exception {
    browser.prefer("dark");
    int dark = brightness();
    browser.evaluate("document.getElementById('theme').click()");
    browser.drawn();
    int light = brightness();

    assertTrue(dark < 60 && light > 200, dark + " " + light);
  }

  /** Of the page's corner, 0 to 255. */
  private static int brightness() throws Exception {
    var image = ImageIO.read(new ByteArrayInputStream(browser.screenshot()));
    int colour = image.getRGB(2, image.getHeight() / 2);
    return ((colour >> 16 & 0xff) + (colour >> 8 & 0xff) + (colour & 0xff)) / 3;
  }

  @Test
  void page_needsNothingElse_andComplainsOfNothing() throws Exception {
    assertEquals(
        0,
        browser
            .evaluate(
                "performance.getEntriesByType('resource').filter(one => !one.name.startsWith('data:')).length")
            .asInt());
    assertEquals(List.of(), browser.complaints());
  }
}
