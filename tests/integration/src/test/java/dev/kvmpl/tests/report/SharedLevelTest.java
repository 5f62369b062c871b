// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import dev.kvmpl.report.text.TextReport;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import dev.kvmpl.scenario.ScenarioRun;
import dev.kvmpl.tests.support.RequiresKvm;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A report says where it is said what is exact, if several processors are at one level. */
@RequiresKvm
class SharedLevelTest {
  private static final Host HOST = new Host("kvm_x/y", "1.2.3", "A CPU", false);
  private static final String EXACTNESS =
      "several processors share a level: docs/security.md says in column kvm_x what is exact";

  private static String report(String processors) throws ScenarioException, InterruptedException {
    String scenario =
        """
        validator: { payload: validator }
        drivers:
          - { name: a, payload: store, level: 2, processors: %s, arguments: [0x1000000, 8, 1] }
        """
            .formatted(processors);
    StringWriter text = new StringWriter();
    try (Kvm kvm = Kvm.open();
        PrintWriter out = new PrintWriter(text)) {
      TextReport.write(HOST, ScenarioRun.of(kvm, ScenarioReader.parse("s.yaml", scenario)), out);
    }
    return text.toString();
  }

  @ParameterizedTest
  @CsvSource({"'[2, 3]', 1", "'[2]', 0"})
  void report_pointsToTheTable_ifALevelIsShared(String processors, int lines) throws Exception {
    String words = report(processors).replaceAll("\\s+", " "); // it may be broken between two
    assertEquals(lines, words.split(Pattern.quote(EXACTNESS), -1).length - 1);
  }
}
