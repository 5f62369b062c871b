// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

class RequiresKvmConditionTest {
  private static final Optional<String> NO_DEVICE = Optional.of("no /dev/kvm");

  @Test
  void usableHost_isEnabled() {
    assertFalse(RequiresKvmCondition.evaluate(Optional.empty(), null).isDisabled());
  }

  @Test
  void usableHost_whereKvmIsRequired_isEnabled() {
    assertFalse(RequiresKvmCondition.evaluate(Optional.empty(), "1").isDisabled());
  }

  @Test
  void unusableHost_isDisabledWithTheReason() {
    ConditionEvaluationResult result = RequiresKvmCondition.evaluate(NO_DEVICE, null);

    assertTrue(result.isDisabled());
    assertEquals(NO_DEVICE, result.getReason());
  }

  @Test
  void unusableHost_whereKvmIsRequired_fails() {
    IllegalStateException e =
        assertThrows(
            IllegalStateException.class, () -> RequiresKvmCondition.evaluate(NO_DEVICE, "1"));

    assertEquals("KVMPL_REQUIRE_KVM=1, but no /dev/kvm", e.getMessage());
  }

  @Test
  void deviceThatDoesNotExist_isUnusable() {
    Optional<String> why =
        RequiresKvmCondition.whyUnusable(() -> Kvm.open(Path.of("/nonexistent/kvm")));

    assertTrue(why.orElseThrow().contains("no /nonexistent/kvm"), why::toString);
  }
}
