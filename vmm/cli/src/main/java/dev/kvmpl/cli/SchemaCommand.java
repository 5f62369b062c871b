// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.cli.options.Options;
import dev.kvmpl.cli.options.Options.Value;
import dev.kvmpl.cli.terminal.ExitStatus;
import dev.kvmpl.schema.Schemas;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;

/** {@code kvmpl schema}. */
final class SchemaCommand implements Callable<Integer> {
  final Options options =
      new Options(this, "Prints a JSON schema, by which editors complete and check files.");

  private final Value<String> kind =
      options.add(
          String.class,
          PositionalParamSpec.builder()
              .arity("0..1")
              .paramLabel("scenario|boot|result")
              .defaultValue(Schemas.Kind.SCENARIO.label())
              .description(
                  "Of scenario files (default), of what kvmpl boot takes, or of what kvmpl run"
                      + " --json prints."));

  @Override
  public Integer call() {
    Schemas.Kind wanted =
        Schemas.byLabel(kind.get())
            .orElseThrow(
                () ->
                    new ParameterException(
                        options.line(),
                        String.format(
                            Locale.ROOT,
                            "there is no schema %s, allowed are %s",
                            kind.get(),
                            Schemas.labels())));
    System.out.print(wanted.text());
    return ExitStatus.DONE.code();
  }
}
