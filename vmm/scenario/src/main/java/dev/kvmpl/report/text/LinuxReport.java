// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.report.text;

import dev.kvmpl.kvm.host.OneLine;
import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.linux.observe.Attempt;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What a Linux guest's run has shown, for people: one line for what was alike. */
public final class LinuxReport {
  private LinuxReport() {}

  private record Row(
      String who, String task, String what, String place, String answer, String verdict) {}

  /** Writes it. */
  public static void write(LinuxResult result, Look look, PrintWriter out) {
    out.println();
    if (!result.isProtected()) {
      out.println("nothing was protected: the guest did not come to its agent");
      return;
    }
    Map<Row, long[]> rows = new LinkedHashMap<>();
    for (Attempt attempt : result.attempts()) {
      long[] counts =
          rows.computeIfAbsent(
              new Row(
                  OneLine.of(attempt.writer().label()), // names are the guest's to choose
                  OneLine.of(attempt.task()),
                  OneLine.of(attempt.what()),
                  OneLine.of(attempt.writer().place()),
                  attempt.answer().label(),
                  attempt.verdict().label()),
              ignored -> new long[2]);
      counts[0]++;
      counts[1] += attempt.length();
    }
    out.printf(
        Locale.ROOT,
        "%d stores to protected memory, judged by VMPL0:%n",
        result.attempts().size() + result.lost());
    new Table(look, "times", "bytes", "who", "task", "what", "instruction", "answer", "verdict")
        .print(
            out,
            table ->
                rows.forEach(
                    (row, counts) ->
                        table.of(
                            Long.toString(counts[0]),
                            Long.toString(counts[1]),
                            row.who,
                            row.task,
                            row.what,
                            row.place,
                            row.answer,
                            row.verdict)));
  }
}
