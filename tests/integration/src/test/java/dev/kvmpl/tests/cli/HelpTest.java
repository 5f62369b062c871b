// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.tests.runner.TestCommand;
import dev.kvmpl.tests.support.Command;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Model.OptionSpec;

/** What people are told about options, and what takes them. */
@Tag("subprocess")
class HelpTest {
  /** What an option looks like in a help, without its value. */
  private static List<String> options(String text) {
    List<String> found = new ArrayList<>();
    var matcher = java.util.regex.Pattern.compile("(?<![\\w-])(--[a-z-]+|-D)").matcher(text);
    while (matcher.find()) {
      found.add(matcher.group(1));
    }
    return found;
  }

  @Test
  void help_namesEveryOptionOfTest() throws Exception {
    Command help = Command.kvmpl("--help");
    String test =
        help.out().substring(help.out().indexOf("kvmpl test"), help.out().indexOf("kvmpl bench"));

    List<String> accepted =
        TestCommand.spec().options().stream()
            .filter(option -> !option.usageHelp())
            .map(OptionSpec::longestName)
            .sorted()
            .toList();
    assertEquals(accepted, options(test).stream().sorted().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "new", "boot", "claims", "schema", "doctor"})
  void versionOfACommand_isKvmpls(String command) throws Exception {
    String version = Command.kvmpl("--version").out();

    assertTrue(version.startsWith("kvmpl "), version);
    assertEquals(version, Command.kvmpl(command, "-V").out());
  }

  @Test
  void helpOfTest_namesEveryOption() {
    String help = TestCommand.help();

    for (OptionSpec option : TestCommand.spec().options()) {
      assertTrue(options(help).contains(option.longestName()), help);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--host vax, --host vax is not this",
    "--kernel 6.1, go with --host",
    "--timeout 3, go with --host",
    "--host this --timeout 3, go with --host",
    "--host, Missing required parameter",
    "--host amd --report /nowhere/r.html, --report /nowhere/r.html cannot be written",
    "--host amd --trace /nowhere/t.json, --trace /nowhere/t.json cannot be written",
    "--host amd --core /tmp, are for this machine",
    "--report /nowhere/r.html, '--report /nowhere/r.html cannot be written, allowed is a file in a'",
    "--trace /tmp, --trace /tmp cannot be written",
    "--break-at GRANT, --break-at goes with --gdb",
    "--gdb nowhere, 'allowed are PORT and HOST:PORT'",
    "--gdb 0 --break-at TEA, '--break-at is TEA, allowed are ASSIGN,'",
    "--host amd --gdb 0, are for this machine",
    "--steps many, 'expected one of [NONE, SHORT, ALL]'",
    "--filter driver=nobody, 'driver=nobody'', allowed are -, disk, net'",
    "--filter colour=red, 'allowed are driver=..., verdict=..., operation=..., step=...'",
  })
  void wrongOption_isWrongUsage(String arguments, String why) throws Exception {
    Command run = Command.kvmpl(("run " + arguments).split(" "));

    assertEquals(2, run.status(), run.err());
    assertTrue(run.err().contains(why), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void helpOfRun_namesEveryOption() throws Exception {
    Command help = Command.kvmpl("run", "--help");

    assertEquals(
        List.of(
            "--break-at",
            "--core",
            "--filter",
            "--gdb",
            "--help",
            "--host",
            "--host-kernel",
            "--json",
            "--kernel",
            "--list-files",
            "--policy",
            "--report",
            "--steps",
            "--timeout",
            "--trace",
            "--version"),
        options(help.out()).stream().distinct().sorted().toList());
  }
}
