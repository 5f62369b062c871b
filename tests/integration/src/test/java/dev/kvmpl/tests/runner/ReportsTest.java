// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportsTest {
  @TempDir Path folder;

  private void report(String name, String xml) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.resolveSibling("."));
    Files.writeString(file, xml);
  }

  @Test
  void reportsOfAllKinds_areSummed() throws IOException {
    report(
        "TEST-junit-jupiter.xml",
        """
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuite name="J" tests="10" skipped="2" failures="1" errors="1" time="1.5">
        <testcase name="t"/></testsuite>
        """);
    report(
        "jdk/report.xml",
        """
        <testsuites time="0.5">
        <testsuite name="a.bats" tests="3" failures="1" errors="0" skipped="0"><testcase/></testsuite>
        <testsuite name="b.bats" tests="4" failures="0" errors="0" skipped="1"/>
        </testsuites>
        """);

    assertEquals(new Counts(11, 3, 3), Reports.read(folder));
  }

  @Test
  void suiteWithinAnother_isNotCountedTwice() throws IOException {
    report("a.xml", "<testsuite tests='2'><testsuite tests='2' failures='1'/></testsuite>");

    assertEquals(new Counts(2, 0, 0), Reports.read(folder));
  }

  @Test
  void textOfATest_thatLooksLikeASuite_isNotCounted() throws IOException {
    report(
        "a.xml",
        """
        <testsuite tests="1"><system-out><![CDATA[
        <testsuite tests="99">
        ]]></system-out></testsuite>
        """);

    assertEquals(new Counts(1, 0, 0), Reports.read(folder));
  }

  @Test
  void reportThatBreaksOff_isDamaged() throws IOException {
    report("a.xml", "<testsuite tests=\"2\"><testcase");

    IOException e = assertThrows(IOException.class, () -> Reports.read(folder));

    assertTrue(String.valueOf(e.getMessage()).contains("damaged report " + folder), e::toString);
  }

  @Test
  void folderThatIsNotThere_hasNoTests() throws IOException {
    assertEquals(Counts.NONE, Reports.read(folder.resolve("nowhere")));
  }
}
