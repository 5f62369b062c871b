// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_GUEST_MEMFD;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_MEMORY_ATTRIBUTES;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_USER_MEMORY2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_VM_TYPES;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEMORY_ATTRIBUTE_PRIVATE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEM_GUEST_MEMFD;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_USER_MEMORY_REGION2;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kvmpl.bindings.Errno;
import dev.kvmpl.bindings.kvm.kvm_userspace_memory_region2;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.VmType;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemfd;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import dev.kvmpl.tests.support.BareGuest;
import dev.kvmpl.tests.support.Refusal;
import dev.kvmpl.tests.support.RequiresKvm;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import org.junit.jupiter.api.Test;

@RequiresKvm
class PrivateMemoryTest {
  @Test
  void guestMemfd_canBeMade_whereTheHostHasIt() {
    try (BareGuest guest = BareGuest.running("f4")) {
      if (guest.vm().fd().extension(KVM_CAP_GUEST_MEMFD()) == 0) {
        String errno = Refusal.of(() -> guest.vm().createGuestMemfd(0x1000));
        assertTrue(Set.of("ENOTTY", "EINVAL").contains(errno), errno);
        return;
      }
      try (GuestMemfd memfd = guest.vm().createGuestMemfd(0x1000)) {
        assertEquals(0x1000, memfd.size());
      }
    }
  }

  @Test
  void memoryAttributes_areSet_whereTheVmHasThem() {
    try (BareGuest guest = BareGuest.running("f4")) {
      long can = guest.vm().fd().extension(KVM_CAP_MEMORY_ATTRIBUTES());
      if (can == 0) {
        String errno =
            Refusal.of(
                () -> guest.vm().memoryAttributes(0, 0x1000, KVM_MEMORY_ATTRIBUTE_PRIVATE()));
        assertTrue(Set.of("ENOTTY", "EINVAL").contains(errno), errno);
        return;
      }
      guest.vm().memoryAttributes(0, 0x1000, can & KVM_MEMORY_ATTRIBUTE_PRIVATE());
    }
  }

  /** The kind of VM that has both on any host whose kernel was built with it. */
  @Test
  void accessToWhatIsPrivate_isAFaultThatTellsWhere() {
    try (Kvm kvm = Kvm.open()) {
      boolean can =
          (kvm.fd().extension(KVM_CAP_VM_TYPES()) & 1 << VmType.SW_PROTECTED.number()) != 0;
      if (!can) {
        assertEquals("EINVAL", Refusal.of(() -> kvm.createBareVm(VmType.SW_PROTECTED).close()));
        return;
      }
      // From the reset vector: the guest's first fetch is of private memory, and there is none.
      try (Vm vm = kvm.createBareVm(VmType.SW_PROTECTED);
          GuestMemory memory = GuestMemory.allocate(0x10000)) {
        vm.setSlot(0, 0xffff0000L, memory, 0, 0x10000, SlotMode.READ_WRITE);
        try (Vcpu vcpu = vm.createVcpu(0)) {
          vm.memoryAttributes(0xfffff000L, 0x1000, KVM_MEMORY_ATTRIBUTE_PRIVATE());

          VcpuExit exit = vcpu.run();

          VcpuExit.MemoryFault fault = assertInstanceOf(VcpuExit.MemoryFault.class, exit);
          assertTrue(fault.isKnown());
          assertTrue(fault.isPrivate());
          assertEquals(0xfffff000L, fault.gpa());
          assertEquals(0x1000, fault.size());
        }
      }
    }
  }

  @Test
  void slotWithPrivateMemory_isRefused_whereTheHostHasNone() {
    try (BareGuest guest = BareGuest.running("f4");
        GuestMemory memory = GuestMemory.allocate(0x1000)) {
      if (guest.vm().fd().extension(KVM_CAP_GUEST_MEMFD()) == 0) {
        assertEquals(
            guest.vm().fd().extension(KVM_CAP_USER_MEMORY2()) == 0 ? "ENOTTY" : "EINVAL",
            Errno.name(-raw(guest.vm(), memory)));
      } else {
        assertEquals("EBADF", Errno.name(-raw(guest.vm(), memory)), "fd -1");
      }
    }
  }

  /** KVM_SET_USER_MEMORY_REGION2 with a descriptor that is none. */
  private static int raw(Vm vm, GuestMemory memory) {
    MemorySegment region = kvm_userspace_memory_region2.allocate(Arena.ofAuto());
    kvm_userspace_memory_region2.slot(region, 5);
    kvm_userspace_memory_region2.flags(region, (int) KVM_MEM_GUEST_MEMFD());
    kvm_userspace_memory_region2.guest_phys_addr(region, 0x10000000L);
    kvm_userspace_memory_region2.memory_size(region, 0x1000);
    kvm_userspace_memory_region2.userspace_addr(region, memory.hostAddress(0));
    kvm_userspace_memory_region2.guest_memfd(region, -1);
    return vm.fd().unsafeIoctl(KVM_SET_USER_MEMORY_REGION2(), region);
  }
}
