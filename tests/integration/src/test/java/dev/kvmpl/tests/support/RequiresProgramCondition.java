// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Decides for {@link RequiresProgram}. */
public final class RequiresProgramCondition implements ExecutionCondition {
  private static final String VARIABLE = "KVMPL_REQUIRE_TOOLS";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getElement(), RequiresProgram.class)
        .map(
            annotation ->
                evaluate(annotation.value(), System.getenv("PATH"), System.getenv(VARIABLE)))
        .orElse(ConditionEvaluationResult.enabled("no program is needed"));
  }

  /**
   * The decision.
   *
   * @param path folders with colons between
   * @param required the variable's value, null if it is not set
   * @throws IllegalStateException if it is required and not there: JUnit reports a failure
   */
  static ConditionEvaluationResult evaluate(
      String program, String path, @Nullable String required) {
    if (Stream.of(path.split(File.pathSeparator))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)))) {
      return ConditionEvaluationResult.enabled(program + " is there");
    }
    if ("1".equals(required)) {
      throw new IllegalStateException(VARIABLE + "=1, but there is no " + program);
    }
    return ConditionEvaluationResult.disabled("no " + program + " here");
  }
}
