// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Capability;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.tests.support.RequiresKvm;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

@RequiresKvm
class UsableHostTest {
  @Test
  void kvm_speaksVersion12() {
    try (Kvm kvm = Kvm.open()) {
      assertEquals(12, kvm.apiVersion());
    }
  }

  @Test
  void requiredCapabilities_areAllThere() {
    try (Kvm kvm = Kvm.open()) {
      assertTrue(
          Arrays.stream(Capability.values())
              .filter(Capability::required)
              .allMatch(capability -> kvm.extension(capability) > 0));
    }
  }

  @Test
  void capabilities_haveTheKernelsNames() throws ReflectiveOperationException {
    for (Capability capability : Capability.values()) {
      Object number =
          dev.kvmpl.bindings.kvm.Kvm.class.getMethod(capability.kernelName()).invoke(null);
      assertEquals(capability.number(), number);
    }
  }
}
