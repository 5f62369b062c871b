// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code kvmpl new}. */
final class NewCommand implements Callable<Integer> {
  final Options options =
      new Options(
          this,
          "Makes a project of one's own: guest code in C, a scenario, a Makefile, a JUnit test.",
          "It builds and runs at once: make -C DIR run. Without options it has one of each.");

  private final Value<Path> folder =
      options.add(
          Path.class,
          PositionalParamSpec.builder()
              .required(true)
              .paramLabel("DIR")
              .description("A folder that is not there, or empty."));

  private final Value<Boolean> driver =
      options.flag("--driver", "With a driver. Every project has one.");

  private final Value<Boolean> validator =
      options.flag("--validator", "With a validator, which decides at VMPL0.");

  private final Value<Boolean> codebase =
      options.flag(
          "--codebase", "With a codebase, which decides for a part of memory and is measured.");

  private final Value<Boolean> all = options.flag("--all", "With all of them.");

  @Override
  public Integer call() throws IOException {
    Path to = folder.get();
    check(to);
    try {
      Project.write(to, parts());
    } catch (IOException e) {
      throw new OutputException(to.toString(), e);
    }
    PrintWriter out = options.line().getOut();
    out.printf(Locale.ROOT, "made %s: now run  make -C %s run%n", to, to);
    List<String> missing = Sdk.missingTools();
    if (!missing.isEmpty()) {
      out.println("missing to build it: " + String.join(", ", missing));
    }
    return ExitStatus.DONE.code();
  }

  private Set<Project.Part> parts() {
    Set<Project.Part> parts = EnumSet.of(Project.Part.DRIVER);
    if (all.get() || !(driver.get() || validator.get() || codebase.get())) {
      return EnumSet.allOf(Project.Part.class);
    }
    if (validator.get()) {
      parts.add(Project.Part.VALIDATOR);
    }
    if (codebase.get()) {
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
    return new ParameterException(options.line(), message);
  }
}
