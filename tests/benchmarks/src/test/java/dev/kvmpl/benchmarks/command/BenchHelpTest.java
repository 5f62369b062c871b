// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kvmpl.benchmarks.guest.Resources;
import dev.kvmpl.benchmarks.run.Benchmark;
import dev.kvmpl.benchmarks.run.Catalog;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** The help is a file, so that it is there before anything is built. */
class BenchHelpTest {
  private static final String HELP =
      new String(Resources.bytes("help.txt"), StandardCharsets.UTF_8);

  private static List<String> found(String pattern) {
    return Pattern.compile(pattern, Pattern.MULTILINE)
        .matcher(HELP)
        .results()
        .map((MatchResult match) -> match.group(1))
        .sorted()
        .toList();
  }

  @Test
  void help_namesEveryOption() {
    List<String> accepted =
        new CommandLine(new BenchCommand(System.out, System.err))
            .getCommandSpec().options().stream()
                .filter(option -> !option.hidden())
                .map(OptionSpec::longestName)
                .sorted()
                .toList();

    assertEquals(accepted, found("^  (--[a-z]+)"));
  }

  @Test
  void help_namesEveryBenchmark_withWhatItMeasures() {
    List<String> benchmarks = Catalog.ALL.stream().map(Benchmark::name).sorted().toList();

    assertEquals(benchmarks, found("^([A-Z][A-Za-z]+)  +[^ ]"));
  }

  @Test
  void help_isNotWiderThanATerminal() {
    assertEquals(List.of(), HELP.lines().filter(line -> line.length() > 80).toList());
  }
}
