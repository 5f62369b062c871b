// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.runner;

import java.util.Set;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.TestDescriptor;
import org.junit.platform.engine.TestTag;
import org.junit.platform.launcher.PostDiscoveryFilter;

/** Leaves out what needs {@code /dev/kvm}, and what takes long for another reason. */
final class PureFilter implements PostDiscoveryFilter {
  /** Tests that go through very many cases, or that start processes. */
  private static final Set<TestTag> SLOW =
      Set.of(TestTag.create("exhaustive"), TestTag.create("subprocess"));

  @Override
  public FilterResult apply(TestDescriptor descriptor) {
    return FilterResult.includedIf(!HostFilter.needsKvm(descriptor) && !isSlow(descriptor));
  }

  private static boolean isSlow(TestDescriptor descriptor) {
    return descriptor.getTags().stream().anyMatch(SLOW::contains);
  }
}
