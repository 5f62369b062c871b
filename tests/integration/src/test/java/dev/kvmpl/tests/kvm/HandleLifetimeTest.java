// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kvmpl.kvm.Capability;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.tests.support.RequiresKvm;
import dev.kvmpl.tests.support.SmallGuest;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A closed handle's number may be another file's by then, so it has to refuse everything. */
@RequiresKvm
class HandleLifetimeTest {
  @Test
  void closedKvm_refusesUse_andCanBeClosedAgain() {
    Kvm kvm = Kvm.open();
    kvm.close();

    assertThrows(IllegalStateException.class, kvm::createVm);
    assertThrows(IllegalStateException.class, kvm::apiVersion);
    assertThrows(IllegalStateException.class, () -> kvm.extension(Capability.READONLY_MEM));
    assertDoesNotThrow(kvm::close);
  }

  @Test
  void closedVm_refusesUse_andCanBeClosedAgain() {
    try (Kvm kvm = Kvm.open()) {
      Vm vm = kvm.createVm();
      vm.close();

      assertThrows(IllegalStateException.class, () -> vm.createVcpu(0));
      assertThrows(IllegalStateException.class, () -> vm.deleteSlot(0));
      assertThrows(IllegalStateException.class, () -> vm.exitOnMsrsBut(List.of()));
      assertDoesNotThrow(vm::close);
    }
  }

  @Test
  void closedVcpu_refusesUse_andCanBeClosedAgain() {
    try (Kvm kvm = Kvm.open();
        Vm vm = kvm.createVm()) {
      Vcpu vcpu = vm.createVcpu(0);
      vcpu.close();

      assertThrows(IllegalStateException.class, vcpu::run);
      assertThrows(IllegalStateException.class, vcpu::finish);
      assertThrows(IllegalStateException.class, vcpu::registers);
      assertThrows(IllegalStateException.class, vcpu::setRegisters);
      assertThrows(IllegalStateException.class, vcpu::acceptsInterrupt);
      assertThrows(IllegalStateException.class, vcpu::timeStampCounter);
      assertThrows(IllegalStateException.class, () -> vcpu.translate(0));
      assertDoesNotThrow(vcpu::close);
    }
  }

  @Test
  void vcpu_outlivesTheVmThatCreatedIt() {
    // f4    hlt
    try (SmallGuest guest = SmallGuest.running("f4")) {
      guest.vm().close();

      assertInstanceOf(VcpuExit.Halt.class, guest.vcpu().run());
    }
  }
}
