// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.SourceTree;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag(SourceTree.TAG)
class TestCommandTest {
  @TempDir Path folder;
  private StubTree tree;

  @BeforeEach
  void makeTree() throws IOException {
    tree = new StubTree(folder);
  }

  @Test
  void reportsOfAllSuites_areSummedInTheLastLine() throws IOException {
    tree.ends("unit", 0, 4, 0, 0);
    tree.ends("launcher", 0, 3, 0, 1);
    tree.ends("integration", 0, 10, 0, 2);

    assertEquals(0, tree.test());
    assertEquals("14 passed, 0 failed, 3 skipped", tree.lastLine());
  }

  @Test
  void failedTests_fail_evenIfTheirProgramForgives() throws IOException {
    tree.ends("integration", 0, 10, 4, 2);

    assertEquals(1, tree.test());
    assertEquals("6 passed, 4 failed, 2 skipped", tree.lastLine());
  }

  @Test
  void programThatFailsWithoutAFailedTest_isOneFailure_andItsStatusIsThatOfAll()
      throws IOException {
    tree.ends("launcher", 3, 0, 0, 0);
    tree.ends("integration", 1, 2, 1, 0);

    assertEquals(3, tree.test());
    assertEquals("2 passed, 2 failed, 0 skipped", tree.lastLine());
  }

  @Test
  void suiteInWhichNothingPasses_isAFailure() throws IOException {
    tree.ends("integration", 0, 2, 0, 2);

    assertEquals(1, tree.test());
    assertEquals("2 passed, 1 failed, 2 skipped", tree.lastLine());
    assertTrue(tree.err().contains("no test ran"), tree::err);
  }

  @Test
  void damagedReport_isAFailure() throws IOException {
    tree.write("integration.xml", "<testsuite tests='5'>");

    assertEquals(1, tree.test());
    assertEquals("2 passed, 1 failed, 0 skipped", tree.lastLine());
    assertTrue(tree.err().contains("damaged report"), tree::err);
  }

  @Test
  void reportThatHasLostTests_isAFailure() throws IOException {
    tree.write("integration.counts", "2 0 0 900\n");

    assertEquals(1, tree.test());
    assertEquals("2 passed, 1 failed, 0 skipped", tree.lastLine());
    assertTrue(tree.err().contains("2 tests were run, reports in "), tree::err);
  }

  @Test
  void reportsOfAnEarlierRun_doNotCount() throws IOException {
    tree.test();
    tree.leavesNothing("integration");

    assertEquals(1, tree.test());
    assertEquals("2 passed, 1 failed, 0 skipped", tree.lastLine());
  }

  @Test
  void names_areLookedForInAllClasses_andTheLaunchersTestsAreLeftOut() throws IOException {
    tree.ends("unit", 0, 0, 0, 0);

    assertEquals(0, tree.test("--tests", "Rmp*"));
    assertTrue(tree.call("unit").endsWith("<--tests> <Rmp*>"), tree.call("unit"));
    assertTrue(tree.call("integration").endsWith("<--tests> <Rmp*>"), tree.call("integration"));
    assertEquals("", tree.call("launcher"));
  }

  @Test
  void namesThatNothingHas_fail() throws IOException {
    tree.ends("unit", 0, 0, 0, 0);
    tree.ends("integration", 0, 0, 0, 0);

    assertEquals(1, tree.test("--tests", "Nothing*"));
    assertEquals("0 passed, 1 failed, 0 skipped", tree.lastLine());
  }

  @Test
  void pureRun_isJUnitsAlone() throws IOException {
    assertEquals(0, tree.test("--pure"));
    assertTrue(tree.call("unit").endsWith("<--pure>"), tree.call("unit"));
    assertTrue(tree.call("integration").endsWith("<--pure>"), tree.call("integration"));
    assertEquals("", tree.call("launcher"));
  }

  @Test
  void properties_areTheTests() throws IOException {
    assertEquals(0, tree.test("-Da=b c", "-Dd"));
    assertTrue(
        tree.call("integration").contains("<-Da=b c> <-Dd=true> "), tree.call("integration"));
    assertEquals(0, tree.test("--host", "amd", "-Da=b c"));
    assertTrue(tree.call("amd").contains("<--java-option> <-Da=b c> <test> "), tree.call("amd"));
  }

  @Test
  void exhaustiveRun_triesOthersAndMore() throws IOException {
    assertEquals(0, tree.test("--exhaustive", "-Dkvmpl.grants.sequences=7"));

    Matcher seed =
        Pattern.compile("<-Dkvmpl.stores.seed=(\\d+)>").matcher(tree.call("integration"));
    assertTrue(seed.find(), tree.call("integration"));
    assertTrue(tree.err().contains("random cases from seed " + seed.group(1) + " on"), tree::err);
    assertTrue(tree.call("integration").contains("<-Dkvmpl.stores.cases=100000>"));
    assertTrue(tree.call("integration").contains("<-Dkvmpl.grants.sequences=7>"));
  }

  @Test
  void emulatedHost_isGivenAllThatItTakes() throws IOException {
    tree.ends("amd", 0, 5, 0, 1);

    int status = tree.test("--host=amd", "--kernel", "6.12", "--timeout=9", "--tests", "Rmp*");

    Path root = tree.root;
    assertEquals(0, status);
    assertEquals("4 passed, 0 failed, 1 skipped", tree.lastLine());
    assertEquals(
        String.join(
            " ",
            "<amd> <--kernel> <6.12> <--timeout> <9>",
            "<--java-home> <" + root.resolve("jdk") + ">",
            "<--modules> <" + root.resolve("vmm/cli/target/modules") + ">",
            "<--classpath> <" + root.resolve("tests/integration/target/classpath") + ">",
            "<--reports> <" + root.resolve("target/reports/amd/integration") + ">",
            "<--env> <KVMPL_REQUIRE_KVM=1> <--env> <KVMPL_FAULTS=each> <--env> <KVMPL_LEAK_RUNS=20>",
            "<--env> <KVMPL_NO_BREAKPOINTS=1> <--java-option> <-Dkvmpl.stores.cases=480>",
            "<--java-option> <-Dkvmpl.fuzz.requests=100>",
            "<--java-option> <-Dkvmpl.interleaving.machines=1>",
            "<test> <--exclude-tag> <needs-gcc> <--exclude-tag> <needs-source-tree>",
            "<--exclude-tag> <needs-browser>",
            "<--tests> <Rmp*>"),
        tree.call("amd"));
  }

  @Test
  void emulatedHost_isSparedSlowTests() throws IOException {
    tree.test("--host", "amd");

    assertTrue(
        tree.call("amd")
            .endsWith(
                "<--exclude-tag> <needs-gcc> <--exclude-tag> <needs-source-tree>"
                    + " <--exclude-tag> <needs-browser>"
                    + " <--exclude-tag> <exhaustive> <--exclude-tag> <subprocess> <--about-host>"),
        tree.call("amd"));
  }

  @Test
  void namesThatAreLeftOut_areOfAllThatRunsOtherwise() throws IOException {
    assertEquals(0, tree.test("--tests", "!RmpTest"));
    assertTrue(tree.call("integration").endsWith("<--tests> <!RmpTest>"), tree.call("integration"));
    assertTrue(tree.call("launcher").contains("<--reports>"), tree.call("launcher"));

    tree.test("--host", "amd", "--tests", "!RmpTest");
    assertTrue(
        tree.call("amd").endsWith("<subprocess> <--about-host> <--tests> <!RmpTest>"),
        tree.call("amd"));
  }

  @Test
  void emulatedHost_neverPassesWithoutTests() throws IOException {
    tree.ends("amd", 3, 5, 0, 0);
    tree.leavesNothing("intel");

    assertEquals(3, tree.test("--host", "amd"));
    assertEquals(1, tree.test("--host", "intel"));
    assertEquals("0 passed, 1 failed, 0 skipped", tree.lastLine());
  }

  @Test
  void allHosts_haveATable() throws IOException {
    tree.ends("integration", 0, 10, 0, 1);
    tree.ends("amd", 0, 5, 0, 1);
    tree.ends("intel", 1, 5, 1, 0);

    assertEquals(1, tree.test("--host", "all"));
    assertTrue(
        Pattern.compile(
                """
                host    passed  failed skipped  seconds
                this        11       0       1 +\\d+
                amd          4       0       1 +\\d+
                intel        4       1       0 +\\d+

                19 passed, 1 failed, 2 skipped
                $""")
            .matcher(tree.out())
            .find(),
        tree::out);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--nonsense",
        "--tests",
        "--host",
        "--host vax",
        "--kernel 6.1",
        "--host this --timeout 3",
        "--host amd --exhaustive",
        "--host amd --pure"
      })
  void wrongUsage_is2_andOneLine_andRunsNothing(String arguments) throws IOException {
    assertEquals(2, tree.test(arguments.split(" ")));
    assertTrue(
        tree.err().startsWith("kvmpl: ") && tree.err().endsWith(" (kvmpl test --help)\n"),
        tree::err);
    assertEquals(1, tree.err().lines().count(), tree::err);
    assertEquals("", tree.call("integration") + tree.call("amd"));
  }

  @Test
  void help_runsNothing() throws IOException {
    assertEquals(0, tree.test("--help"));
    assertTrue(tree.out().startsWith("Usage: kvmpl test "), tree::out);
    assertEquals("", tree.call("integration"));
  }
}
