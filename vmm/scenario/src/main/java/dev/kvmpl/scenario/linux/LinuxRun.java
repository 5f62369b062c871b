// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import dev.kvmpl.linux.LinuxResult;
import dev.kvmpl.observe.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * A Linux guest's run, beside what was wanted of it.
 *
 * @param name for people
 * @param memorySize bytes
 * @param unmet what is not as it was expected, each in a line
 */
public record LinuxRun(
    String name, LinuxScenario scenario, long memorySize, LinuxResult result, List<String> unmet) {
  public LinuxRun {
    unmet = List.copyOf(unmet);
  }

  /** Compares what has happened with what was wanted, if the guest has come to its end. */
  public static LinuxRun of(
      String name, LinuxScenario scenario, long memorySize, LinuxResult result) {
    List<String> unmet = new ArrayList<>();
    if (result.outcome() == Outcome.COMPLETED) {
      unmet.addAll(ExpectedAttempt.unmet(scenario.expected(), result.attempts()));
      if (!scenario.policy().protects().isEmpty() && !result.isProtected()) {
        unmet.add("nothing was protected");
      }
      if (result.status().orElse(0) != 0) {
        unmet.add("what was run inside ended with status " + result.status().getAsInt());
      }
    }
    return new LinuxRun(name, scenario, memorySize, result, unmet);
  }
}
