// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.published;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/dependencies.md says what there is, of others and by hand. */
@Tag(SourceTree.TAG)
class DependenciesTest {
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([\\w.-]+:[\\w.-]+)` \\|(.*)\\|$");
  private static final Pattern NAME = Pattern.compile("`([\\w.]+)`");

  private static String page() throws IOException {
    return Files.readString(SourceTree.root().resolve("docs/dependencies.md"));
  }

  private static Set<String> ofOthers() throws Exception {
    Set<String> all = new TreeSet<>();
    List<String> poms = new ArrayList<>(Pom.modules());
    poms.add("");
    for (String module : poms) {
      all.addAll(Pom.of(module).coordinates());
    }
    all.removeIf(name -> name.startsWith("dev.kvmpl:"));
    return all;
  }

  @Test
  void page_hasEveryDependencyOfThePoms_andNoOther() throws Exception {
    Set<String> listed =
        ROW.matcher(page())
            .results()
            .map(row -> row.group(1))
            .collect(Collectors.toCollection(TreeSet::new));

    assertTrue(listed.size() > 30, listed::toString);
    assertEquals(ofOthers(), listed);
  }

  @Test
  void everyDependency_hasALicense() throws Exception {
    List<String> without =
        ROW.matcher(page())
            .results()
            .filter(row -> !row.group(2).matches(".*\\b(Apache|MIT|ISC|EPL|BSD|GPL|LGPL)\\b.*"))
            .map(row -> row.group(1))
            .toList();

    assertEquals(List.of(), without);
  }

  /** Who takes one away here takes its line away there. */
  @Test
  void whatIsByHand_isThere() throws Exception {
    String byHand = page().substring(page().indexOf("## By hand"));
    Set<String> sources = sources();
    List<String> named = new ArrayList<>();
    for (String row : byHand.lines().filter(line -> line.startsWith("| ")).skip(1).toList()) {
      NAME.matcher(row.split("\\|", -1)[2])
          .results()
          .map(name -> name.group(1))
          .forEach(named::add);
    }

    assertTrue(named.size() > 20, named::toString);
    assertEquals(List.of(), named.stream().filter(name -> !isThere(name, sources)).toList());
  }

  private static boolean isThere(String name, Set<String> sources) {
    return sources.contains(name.contains(".") ? name : name + ".java");
  }

  private static Set<String> sources() throws IOException {
    Set<String> names = new TreeSet<>();
    for (String folder : List.of("vmm", "guest-payloads", "launcher", "tests")) {
      try (Stream<Path> files = Files.walk(SourceTree.root().resolve(folder))) {
        files.map(file -> file.getFileName().toString()).forEach(names::add);
      }
    }
    return names;
  }
}
