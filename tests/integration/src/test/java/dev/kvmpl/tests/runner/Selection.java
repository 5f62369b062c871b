// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which tests are wanted.
 *
 * @param names those with these names, or all
 * @param pure only those that need no {@code /dev/kvm}
 * @param properties system properties of the tests
 * @param hostOptions for an emulated host: its kernel and its time limit
 */
record Selection(
    Optional<String> names,
    boolean pure,
    Map<String, String> properties,
    List<String> hostOptions) {

  /** Whether tests are named that are wanted, and not just some that are not. */
  boolean isNamed() {
    return names.filter(pattern -> !NamePattern.onlyLeavesOut(pattern)).isPresent();
  }

  /** As arguments of {@link TestRun}. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>();
    names.ifPresent(pattern -> arguments.addAll(List.of("--tests", pattern)));
    if (pure) {
      arguments.add("--pure");
    }
    return arguments;
  }

  /** The properties as options of a Java virtual machine. */
  List<String> javaOptions() {
    return properties.entrySet().stream()
        .map(property -> "-D" + property.getKey() + "=" + property.getValue())
        .toList();
  }
}
