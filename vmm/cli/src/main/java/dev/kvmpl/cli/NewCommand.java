// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.cli.terminal.OutputException;
import dev.kvmpl.payloads.Sdk;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvmpl new}. */
@Command(
    name = "new",
    description = {
      "Makes a project of one's own: guest code in C, a scenario, a Makefile, a JUnit test.",
      "It builds and runs at once: make -C DIR run. Without options it has one of each."
    },
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class NewCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "DIR",
      description = "A folder that is not there, or empty.")
  @Nullable Path folder;

  @Option(names = "--driver", description = "With a driver. Every project has one.")
  boolean driver;

  @Option(names = "--validator", description = "With a validator, which decides at VMPL0.")
  boolean validator;

  @Option(
      names = "--codebase",
      description = "With a codebase, which decides for a part of memory and is measured.")
  boolean codebase;

  @Option(names = "--all", description = "With all of them.")
  boolean all;

  @Override
  public Integer call() throws IOException {
    Path to = Objects.requireNonNull(folder);
    check(to);
    try {
      Project.write(to, parts());
    } catch (IOException e) {
      throw new OutputException(to.toString(), e);
    }
    PrintWriter out = commandSpec().commandLine().getOut();
    out.printf(Locale.ROOT, "made %s: now run  make -C %s run%n", to, to);
    List<String> missing = Sdk.missingTools();
    if (!missing.isEmpty()) {
      out.println("missing to build it: " + String.join(", ", missing));
    }
    return ExitStatus.DONE.code();
  }

  private Set<Project.Part> parts() {
    Set<Project.Part> parts = EnumSet.of(Project.Part.DRIVER);
    if (all || !(driver || validator || codebase)) {
      return EnumSet.allOf(Project.Part.class);
    }
    if (validator) {
      parts.add(Project.Part.VALIDATOR);
    }
    if (codebase) {
      parts.add(Project.Part.CODEBASE);
    }
    return parts;
  }

  private void check(Path to) throws IOException {
    if (!Files.exists(to)) {
      return;
    }
    if (!Files.isDirectory(to)) {
      throw wrong(to + " is a file, allowed is a folder that is not there, or empty");
    }
    try (Stream<Path> files = Files.list(to)) {
      if (files.findAny().isPresent()) {
        throw wrong(to + " is not empty, allowed is a folder that is not there, or empty");
      }
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(commandSpec().commandLine(), message);
  }

  private CommandSpec commandSpec() {
    return Objects.requireNonNull(spec);
  }
}
