// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.schema.Schemas;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kvmpl schema}. */
@Command(
    name = "schema",
    description = "Prints a JSON schema, by which editors complete and check files.",
    mixinStandardHelpOptions = true,
    addMethodSubcommands = false)
final class SchemaCommand implements Callable<Integer> {
  @Spec @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "scenario|boot|result",
      description =
          "Of scenario files (default), of what kvmpl boot takes, or of what kvmpl run --json"
              + " prints.")
  String kind = Schemas.Kind.SCENARIO.label();

  @Override
  public Integer call() {
    Schemas.Kind wanted =
        Schemas.byLabel(kind)
            .orElseThrow(
                () ->
                    new ParameterException(
                        Objects.requireNonNull(spec).commandLine(),
                        String.format(
                            Locale.ROOT,
                            "there is no schema %s, allowed are %s",
                            kind,
                            Schemas.labels())));
    System.out.print(wanted.text());
    return ExitStatus.DONE.code();
  }
}
