// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.cli;

import dev.kvmpl.spec.Policy;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** What {@code --policy} says. */
final class PolicyOption {
  private PolicyOption() {}

  /** The policy of that name. */
  static Policy of(CommandLine line, String name) {
    return Arrays.stream(Policy.values())
        .filter(policy -> policy.label().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ParameterException(
                    line,
                    String.format(
                        Locale.ROOT,
                        "--policy is %s, allowed are %s",
                        name,
                        Arrays.stream(Policy.values())
                            .map(Policy::label)
                            .collect(Collectors.joining(", ")))));
  }
}
