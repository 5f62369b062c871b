// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.benchmarks.result.Results;
import dev.kvmpl.benchmarks.result.StoredResults;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page, opened in a browser. */
@Tag("subprocess")
class PageTest {
  @TempDir Path folder;

  private static Results results(String host) {
    return Results.parse(
        StoredResults.all(
            StoredResults.json("MmioExit", host, 7_000, 7_100, 9_000),
            StoredResults.json("SlotFlip", host, 50_000, 60_000),
            StoredResults.json("GrantStrategy", host, 150_000, 160_000),
            StoredResults.json("RoundTrip", host, 300_000, 310_000, 900_000)));
  }

  private Path write(Results... results) throws Exception {
    return Files.writeString(folder.resolve("page.html"), Page.of(List.of(results)));
  }

  private static long count(String text, String pattern) {
    return Pattern.compile(pattern).matcher(text).results().count();
  }

  /** The element on which scripts leave how many charts they have drawn, and their first error. */
  private static String body(String dom) {
    int start = dom.indexOf("\n<body") + 1;
    return dom.substring(start, dom.indexOf('>', start) + 1);
  }

  @Test
  void page_drawsItsCharts_withoutAnError() throws Exception {
    String dom = new Browser(folder).dom(write(results("a CPU")));

    assertEquals("<body data-charts=\"7\">", body(dom));
    assertEquals(7, count(dom, "<svg"));
    assertTrue(dom.contains("<h2>Strategies</h2>"), "what grant makes of it");
    assertTrue(count(dom, "<path") > 60, "lines and bars");
    assertTrue(dom.contains("<td>MmioExit</td>"), "the table");
    assertTrue(dom.contains("Other: no reason."), "what was left out");
  }

  @Test
  void otherResults_areShownBeside() throws Exception {
    String dom = new Browser(folder).dom(write(results("a CPU"), results("another CPU")));

    assertTrue(dom.contains("<h2>Beside other results</h2>"), "its title");
    assertEquals(8, count(dom, "<svg"));
  }

  @Test
  void page_hasDarkColours_andFitsAPhone() throws Exception {
    Browser browser = new Browser(folder);
    Path page = write(results("a CPU"));

    byte[] light = browser.picture(page, "--window-size=1200,900");
    byte[] dark =
        browser.picture(page, "--window-size=1200,900", "--blink-settings=preferredColorScheme=0");
    String phone = browser.dom(page, "--window-size=400,800");

    assertFalse(Arrays.equals(light, dark), "the same picture");
    assertEquals("<body data-charts=\"7\">", body(phone));
    assertTrue(new String(browser.printed(page), StandardCharsets.ISO_8859_1).startsWith("%PDF"));
  }

  @Test
  void page_needsNothingElse() throws Exception {
    String page = Files.readString(write(results("a CPU")));

    assertEquals(0, count(page, "(?m)^ *<(script|link|img)[^>]+(src|href)="));
  }

  @Test
  void hostsName_isText() throws Exception {
    String dom = new Browser(folder).dom(write(results("</script><b id=x>")));

    assertFalse(dom.contains("<b id="), "markup");
    assertTrue(dom.contains("&lt;/script&gt;&lt;b id=x&gt;"), "its name");
  }
}
