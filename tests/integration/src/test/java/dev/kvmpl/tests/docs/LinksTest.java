// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Links from page to page, and to what is in a page. */
@Tag(SourceTree.TAG)
class LinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

  private static List<Path> pages() throws IOException {
    Path root = SourceTree.root();
    try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      return Stream.concat(
              Stream.of("README.md", "CONTRIBUTING.md", "CHANGELOG.md").map(root::resolve), docs)
          .filter(file -> file.toString().endsWith(".md"))
          .toList();
    }
  }

  private static List<String> links(Path page) throws IOException {
    List<String> links = new ArrayList<>();
    Matcher matcher = LINK.matcher(Files.readString(page).replaceAll("(?s)```.*?```", ""));
    while (matcher.find()) {
      if (!matcher.group(1).startsWith("http")) {
        links.add(matcher.group(1));
      }
    }
    return links;
  }

  /** As GitHub names them. */
  private static List<String> anchors(Path page) throws IOException {
    return Files.readAllLines(page).stream()
        .filter(line -> line.startsWith("#"))
        .map(line -> line.replaceFirst("^#+ +", "").toLowerCase(Locale.ROOT))
        .map(title -> title.replaceAll("[^\\w\\- ]", "").replace(' ', '-'))
        .toList();
  }

  private static boolean leads(Path from, String link) throws IOException {
    String[] parts = link.split("#", 2);
    Path to = parts[0].isEmpty() ? from : from.resolveSibling(parts[0]).normalize();
    return Files.exists(to) && (parts.length == 1 || anchors(to).contains(parts[1]));
  }

  @Test
  void links_leadSomewhere() throws Exception {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (String link : links(page)) {
        if (!leads(page, link)) {
          broken.add(page.getFileName() + ": " + link);
        }
      }
    }

    assertEquals(List.of(), broken);
  }

  @Test
  void startPage_leadsToEveryPageOfDocs() throws Exception {
    Path docs = SourceTree.root().resolve("docs").toRealPath();
    List<Path> led =
        links(docs.resolve("README.md")).stream()
            .map(link -> docs.resolve(link).normalize())
            .toList();
    try (Stream<Path> files = Files.list(docs)) {
      List<Path> missing =
          files
              .filter(file -> file.toString().endsWith(".md") && !file.endsWith("README.md"))
              .filter(file -> !led.contains(file))
              .toList();
      assertEquals(List.of(), missing);
    }
  }

  @Test
  void linkThatLeadsNowhere_isFound() throws Exception {
    Path page = SourceTree.root().resolve("README.md");

    assertTrue(leads(page, "docs/cli.md#statuses"));
    assertTrue(!leads(page, "docs/cli.md#nothing") && !leads(page, "docs/nothing.md"));
  }
}
