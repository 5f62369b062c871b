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
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The rooms of docs/design.md: imports lead down, and neither a room nor a file is too large. */
@Tag(SourceTree.TAG)
class RoomsTest {
  private static final int FILE_LINES_MAX = 400;
  private static final int PACKAGE_LINES_MAX = 1500;

  private static final List<String> PRODUCT =
      List.of("vmm/kvm", "vmm/machine", "vmm/linux", "vmm/scenario", "vmm/cli");
  private static final Pattern SOURCE = Pattern.compile(".*\\.(java|[chS]|sh|bash|bats)");
  private static final Pattern PACKAGE = Pattern.compile("(?m)^package ([a-z0-9_.]+);");
  private static final Pattern IMPORT =
      Pattern.compile("(?m)^import (?:static )?(dev\\.kvmpl(?:\\.[a-z0-9_]+)+)\\.[A-Z]");

  /** Each package's sources. */
  private static Map<String, List<String>> packages() throws IOException {
    Map<String, List<String>> packages = new TreeMap<>();
    for (String artifact : PRODUCT) {
      Path sources = SourceTree.root().resolve(artifact).resolve("src/main/java");
      try (Stream<Path> files = Files.walk(sources)) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
          String source = Files.readString(file);
          PACKAGE
              .matcher(source)
              .results()
              .map(found -> found.group(1))
              .forEach(name -> packages.computeIfAbsent(name, n -> new ArrayList<>()).add(source));
        }
      }
    }
    return packages;
  }

  private static Set<String> imports(List<String> sources) {
    Set<String> imports = new TreeSet<>();
    for (String source : sources) {
      for (MatchResult found : IMPORT.matcher(source).results().toList()) {
        imports.add(found.group(1));
      }
    }
    return imports;
  }

  /** Takes away, again and again, what imports nothing that is left: circles remain. */
  @Test
  void packages_importEachOther_withoutCircles() throws IOException {
    Map<String, Set<String>> left = new TreeMap<>();
    packages().forEach((name, sources) -> left.put(name, imports(sources)));
    left.forEach((name, imports) -> imports.remove(name));
    assertTrue(left.size() > 20, left.size() + " packages: the sources are not read");

    int before;
    do {
      before = left.size();
      left.values().forEach(imports -> imports.retainAll(left.keySet()));
      left.values().removeIf(Set::isEmpty);
    } while (left.size() < before);

    assertEquals(Map.of(), left);
  }

  @Test
  void package_isNoLargerThanARoom() throws IOException {
    Map<String, Integer> large = new TreeMap<>();
    packages()
        .forEach(
            (name, sources) -> {
              int lines = sources.stream().mapToInt(source -> (int) source.lines().count()).sum();
              if (lines > PACKAGE_LINES_MAX) {
                large.put(name, lines);
              }
            });

    assertEquals(Map.of(), large);
  }

  @Test
  void file_thatIsWrittenByHand_isNoLargerThanAPageOrSo() throws IOException {
    Map<Path, Long> large = new TreeMap<>();
    int read = 0;
    for (String folder : List.of("bindings", "guest-payloads", "launcher", "tests", "vmm")) {
      try (Stream<Path> files = Files.walk(SourceTree.root().resolve(folder))) {
        for (Path file : files.filter(RoomsTest::isWrittenByHand).toList()) {
          try (Stream<String> lines = Files.lines(file)) {
            long count = lines.count();
            read++;
            if (count > FILE_LINES_MAX) {
              large.put(SourceTree.root().relativize(file), count);
            }
          }
        }
      }
    }

    assertEquals(Map.of(), large);
    assertTrue(read > 500, read + " files: the sources are not read");
  }

  private static boolean isWrittenByHand(Path file) {
    String path = SourceTree.root().relativize(file).toString();
    return SOURCE.matcher(path).matches()
        && !path.contains("/target/")
        && !path.contains("/generated/")
        && Files.isRegularFile(file);
  }
}
