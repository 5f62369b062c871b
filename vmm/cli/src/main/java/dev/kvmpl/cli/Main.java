// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.Stdout;
import dev.kvmpl.kvm.host.OneLine;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The command {@code kvmpl}. */
public final class Main {
  private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

  private static final List<String> COMMANDS =
      List.of("run", "new", "boot", "claims", "schema", "doctor");

  private static final String[] FOOTER = {
    "",
    "Also, from a source tree:",
    "  kvmpl test [--tests PATTERN] [--pure] [--exhaustive] [-DNAME=VALUE]",
    "             [--host this|amd|intel|all [--kernel VERSION|PATH]",
    "             [--timeout SECONDS]]",
    "  kvmpl bench [--quick] [--json FILE] [NAME ...]",
    "  kvmpl dist [FOLDER]",
    "Exit status: 0 done and expectations held, 1 failed, 2 wrong usage or scenario,",
    "3 this host cannot, 4 expectations not held, 5 timed out."
  };

  private Main() {}

  /** Runs the command and exits with an {@link ExitStatus}. */
  public static void main(String[] arguments) {
    // What others print for us, picocli and the JSON generator, follows the locale as well.
    Locale.setDefault(Locale.ROOT);
    Stdout out = new Stdout();
    System.setOut(out);
    if (System.getProperty(LOG_LEVEL) == null) {
      System.setProperty(LOG_LEVEL, Failure.DEBUG ? "debug" : "off");
    }
    PrintWriter err =
        new PrintWriter(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    System.exit(run(arguments, out, err));
  }

  private static int run(String[] arguments, Stdout out, PrintWriter err) {
    try {
      CommandLine command = line(arguments);
      command.setOut(new PrintWriter(out, false, StandardCharsets.UTF_8));
      command.setErr(err);
      command.setCaseInsensitiveEnumValuesAllowed(true);
      command.setParameterExceptionHandler(Main::usage);
      command.setExecutionExceptionHandler(
          (failure, line, parsed) -> Failure.report(failure, err).code());
      int status =
          arguments.length == 0
              ? usage(
                  new ParameterException(
                      command, "no command, allowed are run, new, boot, claims, schema and doctor"),
                  arguments)
              : command.execute(arguments);
      command.getOut().flush();
      out.end();
      return status;
    } catch (RuntimeException | Error e) {
      return Failure.report(e, err).code();
    }
  }

  /**
   * With the one command that is wanted, where it is plain which: each takes its time to be made.
   */
  private static CommandLine line(String[] arguments) {
    Version version = new Version();
    CommandSpec root = CommandSpec.create().name("kvmpl").versionProvider(version);
    Options.addHelp(root);
    root.usageMessage().description("VM privilege levels on any KVM host.").footer(FOOTER);
    CommandLine line = new CommandLine(root);
    boolean plain = arguments.length > 0 && COMMANDS.contains(arguments[0]);
    for (String name : plain ? List.of(arguments[0]) : COMMANDS) {
      line.addSubcommand(name, command(name).spec().versionProvider(version));
    }
    return line;
  }

  private static Options command(String name) {
    return switch (name) {
      case "run" -> new RunCommand().options;
      case "new" -> new NewCommand().options;
      case "boot" -> new BootCommand().options;
      case "claims" -> new ClaimsCommand().options;
      case "schema" -> new SchemaCommand().options;
      default -> new DoctorCommand().options;
    };
  }

  private static int usage(ParameterException e, String[] arguments) {
    CommandLine command = e.getCommandLine();
    command
        .getErr()
        .println(
            "kvmpl: "
                + OneLine.of(String.valueOf(e.getMessage()))
                + " ("
                + command.getCommandSpec().qualifiedName()
                + " --help)");
    return ExitStatus.USAGE.code();
  }
}
