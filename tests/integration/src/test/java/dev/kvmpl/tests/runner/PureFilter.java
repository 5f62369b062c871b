// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;

import dev.kvmpl.junit.KvmTest;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Set;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves out what needs {@code /dev/kvm}, and what takes long for another reason. */
final class PureFilter implements PostDiscoveryFilter {
  /** Tests that go through very many cases, or that start processes. */
  private static final Set<TestTag> SLOW =
      Set.of(TestTag.create("exhaustive"), TestTag.create("subprocess"));

  @Override
  public FilterResult apply(TestDescriptor descriptor) {
    return FilterResult.includedIf(!requiresKvm(descriptor) && !isSlow(descriptor));
  }

  private static boolean isSlow(TestDescriptor descriptor) {
    return descriptor.getTags().stream().anyMatch(SLOW::contains);
  }

  /** Classes with tests are never asked about: JUnit leaves them out once they are empty. */
  private static boolean requiresKvm(TestDescriptor descriptor) {
    return descriptor.getSource().orElse(null) instanceof MethodSource source
        && (isAnnotated(source.getJavaMethod(), RequiresKvm.class)
            || isAnnotated(source.getJavaMethod(), KvmTest.class)
            || requiresKvm(source.getJavaClass()));
  }

  private static boolean requiresKvm(Class<?> type) {
    return isAnnotated(type, RequiresKvm.class)
        || (type.getEnclosingClass() != null && requiresKvm(type.getEnclosingClass()));
  }
}
