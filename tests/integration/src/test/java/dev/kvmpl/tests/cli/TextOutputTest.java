// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.support.Command;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.RequiresProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What people see in a terminal. */
@RequiresKvm
@Tag("subprocess")
class TextOutputTest {
  private static final String ESCAPE = "\u001b";

  private static String out(String... arguments) throws Exception {
    return out(Map.of(), arguments);
  }

  private static String out(Map<String, String> environment, String... arguments) throws Exception {
    Command run = Command.kvmpl(environment, arguments);
    assertEquals(0, run.status(), run.err());
    return run.out();
  }

  private static List<String> steps(String out) {
    return out.lines().filter(line -> line.matches(" *[0-9]+\\.[0-9] .*")).toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "run --steps short", "claims", "doctor", "run --help", "--help"})
  void output_fits80Columns(String arguments) throws Exception {
    List<String> wide =
        out(arguments.split(" ")).lines().filter(line -> line.length() > 80).toList();

    assertEquals(List.of(), wide);
  }

  @Test
  void output_isAsWideAsColumnsSays() throws Exception {
    List<String> lines = out(Map.of("COLUMNS", "150"), "run", "--steps", "short").lines().toList();

    assertTrue(
        lines.stream().anyMatch(line -> line.contains("ATTEMPT") && line.endsWith("COMPLETE")));
  }

  @Test
  void stepsNone_hasNone_andTheRest() throws Exception {
    String out = out("run", "--steps", "none");

    assertEquals(List.of(), steps(out));
    assertTrue(out.contains("owned-by-other") && out.endsWith("all expectations held\n"), out);
  }

  @Test
  void stepsShort_isALineAnAttempt_withItsVerdict() throws Exception {
    List<String> lines = steps(out(Map.of("COLUMNS", "200"), "run", "--steps", "short"));

    assertEquals(8, lines.size(), lines::toString);
    assertTrue(
        lines
            .get(1)
            .endsWith(
                "net     allowed         ATTEMPT EXIT1 LAUNCH RESTRICTED? OWNER? DESIGNATE ADJUST"
                    + " GRANT IRQ EXIT2 RELAUNCH COMPLETE"),
        lines.get(1));
    assertTrue(lines.get(4).endsWith("already-open    ATTEMPT COMPLETE"), lines.get(4));
    assertTrue(lines.get(5).contains("  restricted "), lines.get(5));
    assertTrue(lines.get(6).contains("  owned-by-other "), lines.get(6));
  }

  @Test
  void stepsAll_isALineAStep() throws Exception {
    List<String> lines = steps(out("run"));

    assertEquals(51, lines.size(), lines::toString);
    assertTrue(lines.get(3).contains("ATTEMPT"), lines.get(3));
    assertTrue(lines.get(3).endsWith("write of 8 bytes at 0x1200100"), lines.get(3));
  }

  @Test
  void filter_showsOperationsAndSteps_ofThatDriverAndVerdict() throws Exception {
    String out = out("run", "--filter", "driver=disk,verdict=restricted,verdict=owned-by-other");
    List<String> operations = out.lines().filter(line -> line.matches(" disk +write .*")).toList();
    List<String> lines = new ArrayList<>(steps(out));

    assertEquals(2, operations.size(), out);
    assertTrue(operations.getFirst().contains("0x1400000"), out);
    assertTrue(operations.getLast().contains("0x1200100"), out);
    assertEquals(17, lines.size(), lines::toString);
    assertTrue(lines.stream().allMatch(line -> line.contains("  disk  ")), lines::toString);
  }

  @Test
  void filterByStep_showsThoseAlone() throws Exception {
    List<String> lines = steps(out("run", "--filter", "step=GRANT"));

    assertEquals(2, lines.size(), lines::toString);
    assertTrue(lines.getFirst().endsWith("the level has rwus on 0x1200000 now"));
  }

  @Test
  void pipe_hasNoColours() throws Exception {
    assertFalse(out("run").contains(ESCAPE));
  }

  /** What script shows is what was written to the terminal that it makes. */
  private static String onATerminal(String variable) throws Exception {
    String line = String.join(" ", Command.line("run", "--steps", "none"));
    Command run =
        Command.run(
            Map.of("TERM", "xterm", "SHELL", "/bin/sh"),
            List.of("env", variable, "script", "-qec", line, "/dev/null"));
    assertEquals(0, run.status(), run.err());
    return run.out();
  }

  @Test
  @RequiresProgram("script")
  void terminal_hasColours() throws Exception {
    assertTrue(onATerminal("X=1").contains(ESCAPE + "[31mrestricted" + ESCAPE + "[0m"));
  }

  @Test
  @RequiresProgram("script")
  void terminal_hasNoneWithNoColor() throws Exception {
    assertFalse(onATerminal("NO_COLOR=1").contains(ESCAPE + "[31m"));
  }
}
