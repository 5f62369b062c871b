// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertLinesMatch;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("needs-gcc") // a compiler, and be it Java's
class TestRunTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private boolean passed;

  private List<String> run(Optional<PrintStream> terminal, String... arguments) throws Exception {
    PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    String[] all =
        Stream.concat(
                Stream.of(
                    "--roots",
                    folder.toString(),
                    "--reports",
                    folder.resolve("reports").toString()),
                Stream.of(arguments))
            .toArray(String[]::new);
    passed = Samples.with(folder, () -> TestRun.run(stream, terminal, all));
    return out.toString(StandardCharsets.UTF_8).lines().toList();
  }

  private String counts() throws Exception {
    return Files.readString(folder.resolve("reports").resolve(TestRun.COUNTS));
  }

  @Test
  void classThatPasses_isOneLine() throws Exception {
    Samples.compile(folder, "Good", "@Test void one() {} @Test void two() {}");

    List<String> lines = run(Optional.empty());

    assertLinesMatch(List.of("ok    sample\\.Good  2 tests, \\d+\\.\\d s"), lines);
    assertTrue(passed);
    assertTrue(counts().matches("2 0 0 \\d+\n"), counts());
    assertEquals(new Counts(2, 0, 0), Reports.read(folder.resolve("reports")));
  }

  @Test
  void failure_isPrintedInFull() throws Exception {
    Samples.compile(
        folder,
        "Bad",
        """
        @Test void good() {}
        @Test void bad() {
          Assertions.assertEquals(1, 2, "what it is about");
        }
        """);

    List<String> lines = run(Optional.empty());

    assertLinesMatch(
        List.of(
            "FAIL  sample\\.Bad  2 tests, 1 failed, \\d+\\.\\d s",
            "      sample.Bad#bad  bad()",
            "      org.opentest4j.AssertionFailedError: what it is about ==> expected: <1> but was: <2>",
            "          at org\\.junit\\.jupiter\\.api\\..*assertEquals.*",
            "          at sample\\.Bad\\.bad\\(Bad\\.java:6\\)"),
        lines);
    assertFalse(passed);
    assertTrue(counts().startsWith("2 1 0 "), counts());
  }

  @Test
  void failureAroundTests_isAFailure() throws Exception {
    Samples.compile(
        folder,
        "Unready",
        """
        @BeforeAll static void prepare() { throw new IllegalStateException("not ready"); }
        @Test void one() {}
        """);

    List<String> lines = run(Optional.empty());

    assertTrue(lines.getFirst().startsWith("FAIL  sample.Unready"), lines::toString);
    assertTrue(lines.contains("      java.lang.IllegalStateException: not ready"), lines::toString);
    assertFalse(passed);
  }

  @Test
  void classThatIsSkipped_isOneLineWithTheReason() throws Exception {
    Samples.compile(
        folder, "Later", "@Nested @Disabled(\"not now\") class In { @Test void one() {} }");

    List<String> lines = run(Optional.empty());

    assertLinesMatch(
        List.of("skip  sample\\.Later  1 tests, 1 skipped, \\d+\\.\\d s: not now"), lines);
    assertTrue(passed);
    assertTrue(counts().startsWith("1 0 1 "), counts());
  }

  @Test
  void nestedClassesAndCases_countForTheirClass() throws Exception {
    Samples.compile(
        folder,
        "Outer",
        """
        @Nested class Inner { @Test void one() {} }
        @RepeatedTest(3) void three() {}
        """);

    assertLinesMatch(List.of("ok    sample\\.Outer  4 tests, \\d+\\.\\d s"), run(Optional.empty()));
  }

  @Test
  void names_selectMethods() throws Exception {
    Samples.compile(folder, "Good", "@Test void one() {} @Test void two() {}");
    Samples.compile(folder, "Other", "@Test void one() {}");

    assertLinesMatch(
        List.of("ok    sample\\.Good  1 tests, \\d+\\.\\d s"),
        run(Optional.empty(), "--tests", "Good#t*"));
  }

  @Test
  void pureRun_leavesOutWhatRequiresKvm_andWhatTakesLong() throws Exception {
    String requires = "@dev.kvmpl.tests.support.RequiresKvm ";
    Samples.compile(folder, "Pure", "@Test void one() {}" + requires + "@Test void two() {}");
    Samples.compile(folder, "Nests", requires + "@Nested class In { @Test void one() {} }");
    Samples.compile(
        folder,
        "Outside",
        requires
            + "static class Kvm { @Nested class In { @Test void one() {} } @Test void t() {} }");
    Samples.compile(folder, "Slow", "@Tag(\"exhaustive\") @Test void one() {}");

    assertLinesMatch(
        List.of("ok    sample\\.Pure  1 tests, \\d+\\.\\d s"), run(Optional.empty(), "--pure"));
  }

  @Test
  void runAboutTheHost_leavesOutWhatIsTheSameOnAll() throws Exception {
    String requires = "@dev.kvmpl.tests.support.RequiresKvm ";
    Samples.compile(folder, "Kernel", "@Tag(\"host-kernel\") @Test void one() {}");
    Samples.compile(folder, "Kvm", "@Disabled " + requires + "@Test void one() {}");
    Samples.compile(folder, "Pure", "@Test void one() {}");

    assertEquals(
        List.of("ok    sample.Kernel  1 tests", "skip  sample.Kvm  1 tests"),
        run(Optional.empty(), "--about-host").stream()
            .map(line -> line.replaceFirst(", .*", ""))
            .sorted()
            .toList());
  }

  @Test
  void excludedTag_leavesTestsOut() throws Exception {
    Samples.compile(folder, "Two", "@Test @Tag(\"a\") void one() {} @Test void two() {}");

    assertLinesMatch(
        List.of("ok    sample\\.Two  1 tests, \\d+\\.\\d s"),
        run(Optional.empty(), "--exclude-tag", "a"));
  }

  @Test
  void terminal_showsTheClassThatRuns_andForgetsIt() throws Exception {
    Samples.compile(folder, "Good", "@Test void one() {}");
    ByteArrayOutputStream screen = new ByteArrayOutputStream();

    run(Optional.of(new PrintStream(screen, true, StandardCharsets.UTF_8)));

    assertEquals("\r\033[K      sample.Good ...\r\033[K", screen.toString(StandardCharsets.UTF_8));
  }
}
