// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_EXCEPTION_PAYLOAD;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_MAX_VCPUS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_USER_MEMORY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_VCPU;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_VM;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_API_VERSION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_REGS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_RUN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.kvm.kvm_regs;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

@RequiresKvm
class RawCallTest {
  @Test
  void anyIoctl_canBeMade_onAnyDescriptor() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertEquals(12, guest.kvm().fd().unsafeIoctl(KVM_GET_API_VERSION(), 0));
      assertEquals("ENOTTY", Errno.name(-guest.vm().fd().unsafeIoctl(KVM_RUN(), 0)));
      MemorySegment regs = kvm_regs.allocate(Arena.ofAuto());
      assertEquals(0, guest.vcpu().fd().unsafeIoctl(KVM_GET_REGS(), regs));
      assertEquals(BareGuest.CODE, kvm_regs.rip(regs));
    }
  }

  @Test
  void anyCapability_canBeAskedFor_andEnabled_byItsNumber() {
    try (BareGuest guest = BareGuest.running("f4")) {
      assertTrue(guest.kvm().fd().extension(KVM_CAP_USER_MEMORY()) > 0);
      assertEquals(0, guest.kvm().fd().extension(0xffff));
      assertTrue(guest.vm().fd().extension(KVM_CAP_MAX_VCPUS()) > 0);

      guest.vm().fd().enable(KVM_CAP_EXCEPTION_PAYLOAD(), 1);

      assertEquals("EINVAL", Refusal.of(() -> guest.vm().fd().enable(0xffff, 1)));
      assertEquals("EINVAL", Refusal.of(() -> guest.vcpu().fd().enable(0xffff, 1)));
      assertThrows(IllegalArgumentException.class, () -> guest.vm().fd().enable(1, 1, 2, 3, 4, 5));
    }
  }

  @Test
  void descriptorOfSomethingElse_canBeTakenOver() {
    try (Kvm kvm = Kvm.open()) {
      int descriptor = kvm.fd().unsafeIoctl(KVM_CREATE_VM(), 0);

      try (Vm vm = kvm.unsafeVm(descriptor);
          Vcpu vcpu = vm.unsafeVcpu(vm.fd().unsafeIoctl(KVM_CREATE_VCPU(), 3))) {
        assertEquals(0xfff0, vcpu.registers().rip());
      }
    }
  }

  @Test
  void closedDescriptor_hasNoNumber() {
    try (Kvm kvm = Kvm.open()) {
      Vm vm = kvm.createVm();
      KvmFd fd = vm.fd();
      assertTrue(fd.toString().startsWith("VM, fd "), fd::toString);

      vm.close();

      assertThrows(IllegalStateException.class, fd::number);
      assertEquals("VM, closed", fd.toString());
    }
  }
}
