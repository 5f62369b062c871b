// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.junit;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.host.UnusableHostException;
import dev.kvmpl.scenario.Scenario;
import dev.kvmpl.scenario.ScenarioException;
import dev.kvmpl.scenario.ScenarioReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;

/** What {@link KvmTest} does; made by JUnit. */
public final class KvmExtension
    implements ExecutionCondition, ParameterResolver, AfterTestExecutionCallback {
  static final String REQUIRED = "kvmpl.required";
  static final String VARIABLE = "KVMPL_REQUIRE_KVM";

  private static final Namespace NAMESPACE = Namespace.create(KvmExtension.class);

  /** Made by JUnit. */
  public KvmExtension() {}

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    if (context.getTestMethod().isEmpty()) {
      return ConditionEvaluationResult.enabled("asked again for each test");
    }
    try (Kvm _ = Kvm.open()) {
      return ConditionEvaluationResult.enabled("KVM can be used");
    } catch (UnusableHostException e) {
      boolean required =
          context.getConfigurationParameter(REQUIRED).map(Boolean::parseBoolean).orElse(false)
              || "1".equals(System.getenv(VARIABLE));
      if (required) {
        throw new IllegalStateException("KVM is required: " + e.getMessage(), e);
      }
      return ConditionEvaluationResult.disabled(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == Kvm.class
        || type == KvmMachines.class
        || type == KvmMachine.class
        || type == KvmRun.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    KvmMachines machines = machines(context);
    Class<?> type = parameter.getParameter().getType();
    if (type == KvmMachines.class) {
      return machines;
    }
    if (type == Kvm.class) {
      return machines.kvm();
    }
    KvmMachine machine = machines.of(scenario(context));
    return type == KvmMachine.class ? machine : machine.run();
  }

  /** One for each test; closed with its store. */
  private static KvmMachines machines(ExtensionContext context) {
    return context
        .getStore(NAMESPACE)
        .computeIfAbsent(KvmMachines.class, _ -> new KvmMachines(), KvmMachines.class);
  }

  private static Scenario scenario(ExtensionContext context) {
    String name =
        AnnotationSupport.findAnnotation(context.getElement(), KvmTest.class)
            .map(KvmTest::scenario)
            .orElse("");
    if (name.isEmpty()) {
      throw new ParameterResolutionException(
          "no scenario: @KvmTest(scenario = \"...\"), or a parameter of type KvmMachines");
    }
    try {
      Path file = Path.of(name);
      if (Files.exists(file)) {
        return ScenarioReader.read(file);
      }
      return ScenarioReader.parse(name, resource(context.getRequiredTestClass(), name));
    } catch (ScenarioException | IOException e) {
      throw new ParameterResolutionException(String.valueOf(e.getMessage()), e);
    }
  }

  private static String resource(Class<?> beside, String name) throws IOException {
    try (InputStream in = beside.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException(
            String.format(
                Locale.ROOT,
                "no scenario %s, in the working directory or beside %s",
                name,
                beside));
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    if (context.getExecutionException().isPresent()) {
      machines(context).runs().forEach(run -> Attachments.publish(context, run));
    }
  }
}
