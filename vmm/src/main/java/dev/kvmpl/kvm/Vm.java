// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_VCPU;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_ENABLE_CAP;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEM_READONLY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_EXIT_REASON_FILTER;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_DEFAULT_ALLOW;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_DEFAULT_DENY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_READ;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_WRITE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_USER_MEMORY_REGION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_X86_SET_MSR_FILTER;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_enable_cap;
import dev.kvmpl.bindings.kvm.kvm_msr_filter;
import dev.kvmpl.bindings.kvm.kvm_msr_filter_range;
import dev.kvmpl.bindings.kvm.kvm_userspace_memory_region;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One VM: a set of memory slots and the vCPUs that see them. Its methods may be called from any
 * thread, but {@link #setSlot} from one at a time.
 */
public final class Vm implements AutoCloseable {
  private final FileDescriptor fd;
  private final Kvm kvm;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment region = kvm_userspace_memory_region.allocate(arena);

  Vm(FileDescriptor fd, Kvm kvm) {
    this.fd = fd;
    this.kvm = kvm;
  }

  /**
   * KVM_SET_USER_MEMORY_REGION (api.rst 4.35): creates a slot, or deletes it if {@code length} is
   * 0. A live slot cannot change its size or be made read-only: delete it first. Does not allocate.
   *
   * @param slot from 0 to the host's limit - 1
   * @param gpa first byte, page-aligned
   * @param length bytes, a multiple of the page size
   * @param hostAddress what backs it, page-aligned, mapped for as long as the slot exists
   * @param readOnly a write exits with {@link VcpuExit.Mmio} instead of reaching memory
   * @throws SyscallException if KVM refuses
   */
  public void setSlot(int slot, long gpa, long length, long hostAddress, boolean readOnly) {
    kvm_userspace_memory_region.slot(region, slot);
    kvm_userspace_memory_region.flags(region, readOnly ? (int) KVM_MEM_READONLY() : 0);
    kvm_userspace_memory_region.guest_phys_addr(region, gpa);
    kvm_userspace_memory_region.memory_size(region, length);
    kvm_userspace_memory_region.userspace_addr(region, hostAddress);
    int result = Syscalls.ioctl(fd.number(), KVM_SET_USER_MEMORY_REGION(), region);
    if (result < 0) {
      throw new SyscallException(
          "KVM_SET_USER_MEMORY_REGION",
          "slot %d, gpa %#x, %#x bytes%s"
              .formatted(slot, gpa, length, readOnly ? ", read-only" : ""),
          -result);
    }
  }

  /**
   * KVM_CREATE_VCPU (api.rst 4.7), with every CPUID leaf that the host supports.
   *
   * @param id unique in the VM; the guest's APIC id
   * @return the vCPU, owned by the caller; to be run from one thread at a time
   */
  public Vcpu createVcpu(int id) {
    int vcpu =
        check(
            Syscalls.ioctl(fd.number(), KVM_CREATE_VCPU(), (long) id), "KVM_CREATE_VCPU", "" + id);
    FileDescriptor vcpuFd = new FileDescriptor(vcpu, "vCPU");
    try {
      Vcpu created = new Vcpu(vcpuFd, kvm.vcpuMmapSize());
      try (Arena scratch = Arena.ofConfined()) {
        created.setCpuid(kvm.supportedCpuid(scratch));
      }
      return created;
    } catch (RuntimeException e) {
      vcpuFd.close();
      throw e;
    }
  }

  /**
   * Makes every guest access to one MSR an exit ({@link VcpuExit.ReadMsr}, {@link
   * VcpuExit.WriteMsr}): KVM_CAP_X86_USER_SPACE_MSR and KVM_X86_SET_MSR_FILTER (api.rst 4.97). Both
   * are needed: without the filter KVM serves or ignores MSRs that it knows. A VM has one filter:
   * the last one.
   *
   * @param msr its number
   */
  public void exitOnMsr(int msr) {
    filter(KVM_MSR_FILTER_DEFAULT_ALLOW(), msr);
  }

  /**
   * As {@link #exitOnMsr}, for every MSR but those of the x2APIC (0x800 to 0x8ff), which no filter
   * reaches.
   */
  public void exitOnEveryMsr() {
    filter(KVM_MSR_FILTER_DEFAULT_DENY(), 0); // a filter without a range would be none
  }

  private void filter(int others, int msr) {
    enable(Capability.X86_USER_SPACE_MSR, KVM_MSR_EXIT_REASON_FILTER());
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment filter = kvm_msr_filter.allocate(scratch);
      kvm_msr_filter.flags(filter, others);
      MemorySegment range = kvm_msr_filter.ranges(filter, 0);
      kvm_msr_filter_range.flags(range, KVM_MSR_FILTER_READ() | KVM_MSR_FILTER_WRITE());
      kvm_msr_filter_range.base(range, msr);
      kvm_msr_filter_range.nmsrs(range, 1);
      // One bit an MSR, and a 0 denies it: the zeroed memory is the bitmap.
      kvm_msr_filter_range.bitmap(range, scratch.allocate(Long.BYTES, Long.BYTES));
      check(
          Syscalls.ioctl(fd.number(), KVM_X86_SET_MSR_FILTER(), filter),
          "KVM_X86_SET_MSR_FILTER",
          Integer.toHexString(msr));
    }
  }

  /**
   * Makes every failed emulation an exit and nothing else (KVM_CAP_EXIT_ON_EMULATION_FAILURE,
   * api.rst 7.32), if the host can. Otherwise KVM queues #UD for the guest too, which arrives after
   * the exit, or in the place of it at CPL 3.
   */
  public void exitOnEmulationFailure() {
    if (kvm.extension(Capability.EXIT_ON_EMULATION_FAILURE) != 0) {
      enable(Capability.EXIT_ON_EMULATION_FAILURE, 1);
    }
  }

  private void enable(Capability capability, long argument) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment enable = kvm_enable_cap.allocate(scratch);
      kvm_enable_cap.cap(enable, capability.number());
      kvm_enable_cap.args(enable, 0, argument);
      check(
          Syscalls.ioctl(fd.number(), KVM_ENABLE_CAP(), enable),
          "KVM_ENABLE_CAP",
          capability.kernelName());
    }
  }

  @Override
  public void close() {
    fd.close();
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
