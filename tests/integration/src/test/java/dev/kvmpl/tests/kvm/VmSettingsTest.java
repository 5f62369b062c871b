// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_VM_TYPES;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.kvm.kvm_sev_cmd;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.VmType;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.junit.jupiter.api.Test;

@RequiresKvm
class VmSettingsTest {
  @Test
  void addressesForRealMode_areTakenBeforeTheFirstVcpu() {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createBareVm(VmType.DEFAULT)) {
      vm.tssAddress(0xfffbd000L);
      vm.identityMapAddress(0xfffbc000L);
      vm.bootVcpu(1);
      try (Vcpu _ = vm.createBareVcpu(0)) {
        assertEquals("EINVAL", Refusal.of(() -> vm.identityMapAddress(0xfffbc000L)));
        assertEquals("EBUSY", Refusal.of(() -> vm.bootVcpu(0)));
      }
    }
  }

  @Test
  void kindsOfVms_areMade_whereTheHostHasThem() {
    try (Kvm kvm = Kvm.open()) {
      int types = kvm.fd().extension(KVM_CAP_VM_TYPES());
      for (VmType type : VmType.values()) {
        boolean can = type == VmType.DEFAULT || (types & 1 << type.number()) != 0;
        if (can) {
          kvm.createBareVm(type).close();
        } else {
          assertEquals("EINVAL", Refusal.of(() -> kvm.createBareVm(type).close()), type.name());
        }
      }
    }
  }

  @Test
  void encryption_isRefused_whereTheVmHasNone() {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createBareVm(VmType.DEFAULT);
        GuestMemory memory = GuestMemory.allocate(0x2000)) {
      MemorySegment command = kvm_sev_cmd.allocate(Arena.ofAuto());
      kvm_sev_cmd.id(command, 6); // KVM_SEV_LAUNCH_MEASURE, of a VM that is none of SEV's

      assertTrue(vm.unsafeEncryptionCommand(command) < 0);
      String errno = Refusal.of(() -> vm.registerEncrypted(memory, 0, 0x1000));
      assertTrue(Set.of("ENOTTY", "EINVAL").contains(errno), errno);
      errno = Refusal.of(() -> vm.unregisterEncrypted(memory, 0, 0x1000));
      assertTrue(Set.of("ENOTTY", "EINVAL").contains(errno), errno);
      assertThrows(
          IndexOutOfBoundsException.class, () -> vm.registerEncrypted(memory, 0x1000, 0x2000));
    }
  }
}
