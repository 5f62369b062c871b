// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.UnusableHostException;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Decides for {@link RequiresKvm}; asks the host once. */
public final class RequiresKvmCondition implements ExecutionCondition {
  private static final String VARIABLE = "KVMPL_REQUIRE_KVM";
  private static final Optional<String> UNUSABLE = whyUnusable(Kvm::open);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate(UNUSABLE, System.getenv(VARIABLE));
  }

  /** Why the device cannot be used; empty if it can. */
  static Optional<String> whyUnusable(Supplier<Kvm> open) {
    try (Kvm _ = open.get()) {
      return Optional.empty();
    } catch (UnusableHostException e) {
      return Optional.of(e.toString());
    }
  }

  /**
   * The decision.
   *
   * @param required the variable's value, null if it is not set
   * @throws IllegalStateException if KVM is required and cannot be used: JUnit reports a failure
   */
  static ConditionEvaluationResult evaluate(Optional<String> unusable, @Nullable String required) {
    if (unusable.isEmpty()) {
      return ConditionEvaluationResult.enabled("KVM can be used");
    }
    if ("1".equals(required)) {
      throw new IllegalStateException(VARIABLE + "=1, but " + unusable.get());
    }
    return ConditionEvaluationResult.disabled(unusable.get());
  }
}
