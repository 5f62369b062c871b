// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.scenario.linux;

import dev.kvmpl.linux.policy.Policy;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.spec.EnforcementKind;
import dev.kvmpl.spec.PayloadImage;
import java.nio.file.Path;
import java.util.List;

/**
 * What somebody wants to see of a Linux guest.
 *
 * @param validator what runs at VMPL0
 * @param enforcement by what Linux's permissions bind
 * @param detection trap, or reflect: Linux's own part detects what its modules attempt
 * @param modules sources, {@code .c}, or modules, {@code .ko}, that are at {@code /modules} inside
 * @param run for {@code sh} inside; empty for a shell
 * @param expected attempts that there have to be, in this order among others
 */
public record LinuxScenario(
    PayloadImage validator,
    EnforcementKind enforcement,
    Detection detection,
    Policy policy,
    List<Path> modules,
    String run,
    List<ExpectedAttempt> expected) {
  public LinuxScenario {
    modules = List.copyOf(modules);
    expected = List.copyOf(expected);
  }

  /** The one without a file: a shell, and nothing protected. */
  public static LinuxScenario plain() {
    return new LinuxScenario(
        LinuxFiles.validator(),
        EnforcementKind.SLOTS,
        Detection.TRAP,
        Policy.none(),
        List.of(),
        "",
        List.of());
  }

  /** The same by other means: what somebody has named in the place of what the file says. */
  public LinuxScenario with(PayloadImage otherValidator, EnforcementKind otherEnforcement) {
    return new LinuxScenario(
        otherValidator, otherEnforcement, detection, policy, modules, run, expected);
  }
}
