// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.observe.Attempt;
import dev.kvmpl.linux.writers.Writer;
import dev.kvmpl.observe.Outcome;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.stores.StoreAnswer;
import dev.kvmpl.report.text.LinuxReport;
import dev.kvmpl.report.text.Look;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Instant;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class LinuxReportTest {
  private static String report(Attempt attempt) {
    LinuxResult result =
        new LinuxResult(
            Outcome.COMPLETED,
            "",
            Instant.EPOCH,
            1,
            true,
            OptionalInt.empty(),
            List.of(attempt),
            0,
            new TreeMap<>(),
            new TreeMap<>(),
            List.of(),
            0,
            List.of(),
            List.of(),
            List.of(),
            List.of());
    StringWriter text = new StringWriter();
    LinuxReport.write(result, Look.PLAIN, new PrintWriter(text, true));
    return text.toString();
  }

  /** A module chooses its name, and any task its own. */
  @Test
  void namesThatTheGuestChose_makeNoLinesAndNoColours() {
    Writer writer =
        new Writer(Writer.Kind.MODULE, 1, "a\n1 8 kernel", "[a\n1 8 kernel]+0x20 by \u001b[8mf");
    Attempt attempt =
        new Attempt(
            7,
            0,
            writer,
            "t\u001b[2J\r",
            "symbol s\u0085",
            "target",
            0x1000000,
            8,
            1,
            1,
            StoreAnswer.STORE,
            Verdict.ALLOWED);

    String report = report(attempt);

    assertTrue(report.contains("a\\u000a1"), report);
    assertTrue(report.contains("t\\u001b[2J\\u000d"), report);
    assertEquals(List.of(), report.lines().filter(line -> line.matches(".*\\p{Cntrl}.*")).toList());
    assertEquals(1, report.lines().filter(line -> line.matches("\\s*1 +8 .*")).count(), report);
  }
}
