// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import org.junit.jupiter.api.Test;

@RequiresKvm
class HostLimitsTest {
  @Test
  void limits_areThoseThatKvmKeeps() {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createVm();
        GuestMemory memory = GuestMemory.allocate(0x1000)) {
      assertTrue(kvm.recommendedVcpus() <= kvm.maxVcpus());
      assertTrue(kvm.maxVcpus() <= kvm.maxVcpuId());
      vm.setSlot(kvm.slots() - 1, 0, memory, 0, 0x1000, SlotMode.READ_WRITE);
      assertEquals(
          "EINVAL",
          Refusal.of(
              () -> vm.setSlot(kvm.slots(), 0x1000, memory, 0, 0x1000, SlotMode.READ_WRITE)));
      assertEquals("EINVAL", Refusal.of(() -> vm.createBareVcpu(kvm.maxVcpuId()).close()));
    }
  }
}
