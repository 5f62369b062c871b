// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.kvm.UnusableHostException;
import dev.kvmpl.scenario.ScenarioException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The command {@code kvmpl}. */
@Command(
    name = "kvmpl",
    description = "VM privilege levels on any KVM host.",
    subcommands = {RunCommand.class, ClaimsCommand.class, DoctorCommand.class},
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footer = {
      "",
      "Also, from a source tree: kvmpl test, kvmpl bench.",
      "Exit status: 0 done and expectations held, 1 failed, 2 wrong usage or scenario,",
      "3 this host cannot, 4 expectations not held, 5 timed out."
    })
public final class Main {
  private Main() {}

  /** Runs the command and exits with an {@link ExitStatus}. */
  public static void main(String[] arguments) {
    CommandLine command = new CommandLine(new Main());
    command.setParameterExceptionHandler(Main::usage);
    command.setExecutionExceptionHandler((e, line, parsed) -> failed(e, line));
    System.exit(
        arguments.length == 0
            ? usage(
                new ParameterException(command, "no command, allowed are run, claims and doctor"),
                arguments)
            : command.execute(arguments));
  }

  private static int usage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .printf(
            "kvmpl: %s (%s --help)%n", e.getMessage(), command.getCommandSpec().qualifiedName());
    return ExitStatus.USAGE.code();
  }

  private static int failed(Exception e, CommandLine command) {
    switch (e) {
      case ScenarioException wrong -> command.getErr().println(wrong.getMessage());
      case UnusableHostException cannot ->
          command.getErr().println("kvmpl: " + cannot.getMessage());
      default -> {
        command.getErr().println("kvmpl: internal failure, please report it: " + e);
        e.printStackTrace(command.getErr());
      }
    }
    return switch (e) {
      case ScenarioException ignored -> ExitStatus.USAGE.code();
      case UnusableHostException ignored -> ExitStatus.UNUSABLE_HOST.code();
      default -> ExitStatus.FAILED.code();
    };
  }
}
