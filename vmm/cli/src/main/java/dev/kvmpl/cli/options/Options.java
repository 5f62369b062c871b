// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli.options;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * What a command takes, declared in code: annotations would be read by reflection, and proxies made
 * for them, which takes a tenth of a start's time.
 */
public final class Options {
  private final CommandSpec spec;

  /** Of a command that takes nothing but what every command does. */
  public Options(Callable<Integer> command, String... description) {
    spec = CommandSpec.wrapWithoutInspection(command);
    spec.usageMessage().description(description);
    addHelp(spec);
  }

  /** What picocli calls the standard help options, in its words. */
  public static void addHelp(CommandSpec spec) {
    spec.addOption(
        OptionSpec.builder("-h", "--help")
            .usageHelp(true)
            .description("Show this help message and exit.")
            .build());
    spec.addOption(
        OptionSpec.builder("-V", "--version")
            .versionHelp(true)
            .description("Print version information and exit.")
            .build());
  }

  /** An option without a value. */
  public Value<Boolean> flag(String name, String description) {
    return add(
        boolean.class, OptionSpec.builder(name).initialValue(false).description(description));
  }

  /** An option with a value. */
  public <T> Value<T> add(Class<T> type, OptionSpec.Builder option) {
    return added(option.type(type));
  }

  /** An option that may be there again and again. */
  public <T> Value<List<T>> addList(Class<T> type, OptionSpec.Builder option) {
    return added(option.type(List.class).auxiliaryTypes(type).initialValue(List.of()));
  }

  /** Another option for the value of one: the last that is given counts. */
  public void addOther(Value<?> value, String name, String description) {
    added(OptionSpec.builder((OptionSpec) value.spec).names(name).description(description));
  }

  private <T> Value<T> added(OptionSpec.Builder option) {
    OptionSpec added = option.build();
    spec.addOption(added);
    return new Value<>(added);
  }

  /** The argument that is no option's. */
  public <T> Value<T> add(Class<T> type, PositionalParamSpec.Builder argument) {
    PositionalParamSpec added = argument.index("0").type(type).build();
    spec.addPositional(added);
    return new Value<>(added);
  }

  /** For picocli. */
  public CommandSpec spec() {
    return spec;
  }

  /** The command, once it runs. */
  public CommandLine line() {
    return spec.commandLine();
  }

  /** What is given for one of them, once the command runs. */
  public static final class Value<T> {
    private final ArgSpec spec;

    private Value(ArgSpec spec) {
      this.spec = spec;
    }

    /** Whether there is any, be it a default. */
    public boolean isGiven() {
      return orNull() != null;
    }

    /** It, which is there. */
    public T get() {
      return Objects.requireNonNull(orNull());
    }

    /** It, or null if there is none. */
    public @Nullable T orNull() {
      return spec.getValue();
    }
  }
}
