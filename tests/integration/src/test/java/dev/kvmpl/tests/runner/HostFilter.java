// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import static org.junit.platform.commons.support.AnnotationSupport.isAnnotated;

import dev.kvmpl.junit.KvmTest;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestTag;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves out what would say the same on every host: it meets neither KVM nor the kernel. */
final class HostFilter implements PostDiscoveryFilter {
  /** Tests that meet the host's kernel, and not its {@code /dev/kvm}. */
  private static final TestTag KERNEL = TestTag.create("host-kernel");

  /** Classes with tests are never asked about: JUnit leaves them out once they are empty. */
  @Override
  public FilterResult apply(TestDescriptor descriptor) {
    return FilterResult.includedIf(
        !(descriptor.getSource().orElse(null) instanceof MethodSource)
            || descriptor.getTags().contains(KERNEL)
            || needsKvm(descriptor));
  }

  /** Whether it says that it needs {@code /dev/kvm}. */
  static boolean needsKvm(TestDescriptor descriptor) {
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
