// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_VCPU;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEM_READONLY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_EXIT_REASON_FILTER;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_DEFAULT_DENY;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_READ;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_FILTER_WRITE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_USER_MEMORY_REGION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_X86_SET_MSR_FILTER;

import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_msr_filter;
import dev.kvmpl.bindings.kvm.kvm_msr_filter_range;
import dev.kvmpl.bindings.kvm.kvm_userspace_memory_region;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Locale;

/**
 * One VM: a set of memory slots and the vCPUs that see them. Its methods may be called from any
 * thread, but {@link #setSlot} from one at a time.
 */
public final class Vm implements AutoCloseable {
  private static final byte SERVED = (byte) 0xff;

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
          String.format(
              Locale.ROOT,
              "slot %d, gpa %#x, %#x bytes%s",
              slot,
              gpa,
              length,
              readOnly ? ", read-only" : ""),
          -result);
    }
  }

  /**
   * KVM_CREATE_VCPU (api.rst 4.7), with every CPUID leaf that the host supports, but for those of
   * KVM's paravirtual interface, of SVM and VMX, and of what makes records in memory. Where the
   * host can, KVM does not serve what CPUID does not name (KVM_CAP_ENFORCE_PV_FEATURE_CPUID).
   *
   * @param id unique in the VM; the guest's APIC id
   * @return the vCPU, owned by the caller; to be run from one thread at a time
   */
  public Vcpu createVcpu(int id) {
    int vcpu =
        check(
            Syscalls.ioctl(fd.number(), KVM_CREATE_VCPU(), (long) id), "KVM_CREATE_VCPU", "" + id);
    FileDescriptor vcpuFd = new FileDescriptor(vcpu, "vCPU");
    Vcpu created;
    try {
      created = new Vcpu(vcpuFd, Mapping.of(vcpu, kvm.vcpuMmapSize(), 0));
    } catch (RuntimeException | Error e) {
      Closing.after(e, vcpuFd);
      throw e;
    }
    try (Arena scratch = Arena.ofConfined()) {
      created.setCpuid(kvm.guestCpuid(scratch));
      if (kvm.extension(Capability.ENFORCE_PV_FEATURE_CPUID) != 0) {
        Capability.ENFORCE_PV_FEATURE_CPUID.enable(vcpuFd, 1);
      }
      return created;
    } catch (RuntimeException | Error e) {
      Closing.after(e, created);
      throw e;
    }
  }

  /**
   * Makes every guest access to an MSR an exit ({@link VcpuExit.ReadMsr}, {@link
   * VcpuExit.WriteMsr}), but for those that KVM shall serve: KVM_CAP_X86_USER_SPACE_MSR and
   * KVM_X86_SET_MSR_FILTER (api.rst 4.97). Both are needed: without the filter KVM serves or
   * ignores MSRs that it knows. Those of the x2APIC (0x800 to 0x8ff) no filter reaches; without an
   * interrupt controller KVM has none. A VM has one filter: the last one.
   *
   * @param served at most 16 ranges; none makes every access an exit
   */
  public void exitOnMsrsBut(List<MsrRange> served) {
    Capability.X86_USER_SPACE_MSR.enable(fd, KVM_MSR_EXIT_REASON_FILTER());
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment filter = kvm_msr_filter.allocate(scratch);
      kvm_msr_filter.flags(filter, KVM_MSR_FILTER_DEFAULT_DENY());
      if (served.isEmpty()) { // a filter without a range would be none
        range(filter, 0, new MsrRange(0, 1), scratch);
      }
      for (int i = 0; i < served.size(); i++) {
        range(filter, i, served.get(i), scratch).fill(SERVED);
      }
      check(
          Syscalls.ioctl(fd.number(), KVM_X86_SET_MSR_FILTER(), filter),
          "KVM_X86_SET_MSR_FILTER",
          served.toString());
    }
  }

  /** Fills in a filter's range and returns its bits, one an MSR, all 0: none is served. */
  private static MemorySegment range(MemorySegment filter, int index, MsrRange msrs, Arena arena) {
    MemorySegment range = kvm_msr_filter.ranges(filter, index);
    long words = Math.ceilDiv((long) msrs.count(), Long.SIZE);
    MemorySegment bits = arena.allocate(words * Long.BYTES, Long.BYTES);
    kvm_msr_filter_range.flags(range, KVM_MSR_FILTER_READ() | KVM_MSR_FILTER_WRITE());
    kvm_msr_filter_range.base(range, msrs.first());
    kvm_msr_filter_range.nmsrs(range, msrs.count());
    kvm_msr_filter_range.bitmap(range, bits);
    return bits;
  }

  /**
   * Makes every failed emulation an exit and nothing else (KVM_CAP_EXIT_ON_EMULATION_FAILURE,
   * api.rst 7.32), if the host can. Otherwise KVM queues #UD for the guest too, which arrives after
   * the exit, or in the place of it at CPL 3.
   */
  public void exitOnEmulationFailure() {
    if (kvm.extension(Capability.EXIT_ON_EMULATION_FAILURE) != 0) {
      Capability.EXIT_ON_EMULATION_FAILURE.enable(fd, 1);
    }
  }

  @Override
  public void close() {
    if (arena.scope().isAlive()) {
      Closing.all(fd, arena);
    }
  }
}
