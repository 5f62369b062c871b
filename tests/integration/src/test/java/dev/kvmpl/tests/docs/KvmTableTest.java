// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.lang.module.ModuleReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** docs/kvm.md names classes and methods that there are and that its tests call. */
@Tag(SourceTree.TAG)
class KvmTableTest {
  private static final Path TABLE = SourceTree.root().resolve("docs/kvm.md");
  private static final Path TESTS =
      SourceTree.root().resolve("tests/integration/src/test/java/dev/kvmpl/tests");

  /** In a table, what is a class, a method of one, or a package. */
  private static final Pattern NAME = Pattern.compile("`([A-Z]\\w+)(?:\\.([a-z]\\w+))?`");

  /** The module's classes by their simple names. */
  private static Map<String, Class<?>> classes() throws IOException {
    try (ModuleReader reader =
            ModuleLayer.boot()
                .configuration()
                .findModule("dev.kvmpl.kvm")
                .orElseThrow()
                .reference()
                .open();
        Stream<String> resources = reader.list()) {
      return resources
          .filter(name -> name.matches("dev/kvmpl/[a-z/]+/\\w+\\.class"))
          .map(name -> name.replace('/', '.').replace(".class", ""))
          .<Class<?>>map(KvmTableTest::load)
          .collect(Collectors.toMap(Class::getSimpleName, type -> type));
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> rows() throws IOException {
    return Files.readAllLines(TABLE).stream().filter(line -> line.startsWith("| ")).toList();
  }

  private static List<MatchResult> names(String cell) {
    return NAME.matcher(cell).results().toList();
  }

  @Test
  void whatIsNamed_isThere() throws IOException {
    Map<String, Class<?>> classes = classes();
    TreeSet<String> lacking = new TreeSet<>();
    int found = 0;
    for (String row : rows()) {
      for (MatchResult name : names(row)) {
        Class<?> type = classes.get(name.group(1));
        if (name.group(1).endsWith("Test")) {
          continue;
        }
        if (type == null
            || (name.group(2) != null
                && Arrays.stream(type.getMethods())
                    .noneMatch(method -> method.getName().equals(name.group(2))))) {
          lacking.add(name.group());
        }
        found++;
      }
    }
    assertEquals(new TreeSet<>(), lacking);
    assertTrue(found > 100, () -> "a table without names");
  }

  /** A test that a row names calls each method that the row names, by its name. */
  @Test
  void everyMethod_isCalledByATestOfItsRow() throws IOException {
    TreeSet<String> uncalled = new TreeSet<>();
    int found = 0;
    for (String row : rows()) {
      String tests = sources(row);
      for (MatchResult name : names(row)) {
        String method = name.group(2);
        if (method != null) {
          found++;
          if (!Pattern.compile("(\\.|::)" + method + "\\b").matcher(tests).find()) {
            uncalled.add(name.group() + ": " + row);
          }
        }
      }
    }
    assertEquals(new TreeSet<>(), uncalled);
    assertTrue(found > 80, () -> "a table without methods");
  }

  /** The tests that a row names, all in one. */
  private static String sources(String row) throws IOException {
    List<String> tests =
        names(row).stream()
            .map(name -> name.group(1) + ".java")
            .filter(name -> name.endsWith("Test.java"))
            .toList();
    StringBuilder sources = new StringBuilder();
    try (Stream<Path> files = Files.walk(TESTS)) {
      for (Path file : files.filter(f -> tests.contains(f.getFileName().toString())).toList()) {
        sources.append(Files.readString(file));
      }
    }
    return sources.toString();
  }

  /** Every method of the four handles is one of kvm-ioctls', or said to be none. */
  @Test
  void everyRow_hasAnAnswerAndATest() throws IOException {
    List<String> against =
        rows().stream().filter(row -> row.matches("\\| (Kvm|Vm|Vcpu|Device) \\|.*")).toList();

    List<String> wrong =
        against.stream().filter(row -> !row.matches("(\\|[^|]*`[^|]*|\\| \\w+ ){4}\\|")).toList();

    assertEquals(List.of(), wrong);
    assertTrue(
        against.stream()
                .flatMap(
                    row ->
                        Pattern.compile("`[a-z0-9_]+`")
                            .matcher(row.substring(0, row.indexOf('|', row.indexOf('`'))))
                            .results())
                .count()
            >= 111,
        () -> "kvm-ioctls 0.24 has 111 for x86");
  }
}
