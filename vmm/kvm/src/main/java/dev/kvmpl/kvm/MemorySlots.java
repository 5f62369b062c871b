// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEM_GUEST_MEMFD;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_USER_MEMORY_REGION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_USER_MEMORY_REGION2;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_userspace_memory_region;
import dev.kvmpl.bindings.kvm.kvm_userspace_memory_region2;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.memory.GuestMemfd;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.SlotMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** A VM's slots, and how large they are: KVM fills in as many bits of a dirty log. */
final class MemorySlots {
  private final KvmFd vm;
  private final Reach reach;
  private final MemorySegment region = kvm_userspace_memory_region.allocate(Arena.ofAuto());
  private long mostPages;

  MemorySlots(KvmFd vm, Reach reach) {
    this.vm = vm;
    this.reach = reach;
  }

  void set(int slot, long gpa, GuestMemory memory, long offset, long length, SlotMode mode) {
    check(slot, memory, offset, length);
    vm.number(); // a VM that is closed keeps no memory
    reach.add(memory);
    unsafeSet(slot, gpa, length, memory.hostAddress(offset), mode.flags());
  }

  void setPrivate(
      int slot,
      long gpa,
      GuestMemory memory,
      long offset,
      long length,
      SlotMode mode,
      GuestMemfd memfd,
      long memfdOffset) {
    check(slot, memory, offset, length);
    vm.number(); // a VM that is closed keeps no memory
    reach.add(memory);
    remember(length);
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment region2 = kvm_userspace_memory_region2.allocate(scratch);
      kvm_userspace_memory_region2.slot(region2, slot);
      kvm_userspace_memory_region2.flags(region2, mode.flags() | (int) KVM_MEM_GUEST_MEMFD());
      kvm_userspace_memory_region2.guest_phys_addr(region2, gpa);
      kvm_userspace_memory_region2.memory_size(region2, length);
      kvm_userspace_memory_region2.userspace_addr(region2, memory.hostAddress(offset));
      kvm_userspace_memory_region2.guest_memfd(region2, memfd.number());
      kvm_userspace_memory_region2.guest_memfd_offset(region2, memfdOffset);
      int result = Syscalls.ioctl(vm.number(), KVM_SET_USER_MEMORY_REGION2(), region2);
      if (result < 0) {
        throw failed("KVM_SET_USER_MEMORY_REGION2", slot, gpa, length, mode.flags(), -result);
      }
    }
  }

  void unsafeSet(int slot, long gpa, long length, long hostAddress, int flags) {
    remember(length);
    kvm_userspace_memory_region.slot(region, slot);
    kvm_userspace_memory_region.flags(region, flags);
    kvm_userspace_memory_region.guest_phys_addr(region, gpa);
    kvm_userspace_memory_region.memory_size(region, length);
    kvm_userspace_memory_region.userspace_addr(region, hostAddress);
    int result = Syscalls.ioctl(vm.number(), KVM_SET_USER_MEMORY_REGION(), region);
    if (result < 0) {
      throw failed("KVM_SET_USER_MEMORY_REGION", slot, gpa, length, flags, -result);
    }
  }

  /** No slot has ever had more pages. */
  long mostPages() {
    return mostPages;
  }

  private static void check(int slot, GuestMemory memory, long offset, long length) {
    if (length <= 0 || !memory.contains(offset, length)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "slot %d: %#x bytes at %#x, but the memory has %#x",
              slot,
              length,
              offset,
              memory.size()));
    }
  }

  /** Before it is changed: what KVM refuses leaves the slot that was there. */
  private void remember(long length) {
    mostPages = Math.max(mostPages, Math.ceilDiv(length, PageRange.PAGE_SIZE));
  }

  private static SyscallException failed(
      String call, int slot, long gpa, long length, int flags, int errno) {
    return new SyscallException(
        call,
        String.format(
            Locale.ROOT,
            "slot %d, gpa %#x, %#x bytes%s",
            slot,
            gpa,
            length,
            (flags & SlotMode.READ_ONLY.flags()) != 0 ? ", read-only" : ""),
        errno);
  }
}
