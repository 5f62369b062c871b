// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_DEVICE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_VCPU;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEMORY_ENCRYPT_OP;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEMORY_ENCRYPT_REG_REGION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MEMORY_ENCRYPT_UNREG_REGION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_MSR_EXIT_REASON_FILTER;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_BOOT_CPU_ID;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_IDENTITY_MAP_ADDR;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_MEMORY_ATTRIBUTES;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_SET_TSS_ADDR;

import dev.kvmpl.bindings.Mapping;
import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.kvm.kvm_create_device;
import dev.kvmpl.bindings.kvm.kvm_enc_region;
import dev.kvmpl.bindings.kvm.kvm_memory_attributes;
import dev.kvmpl.kvm.cpu.MsrFilter;
import dev.kvmpl.kvm.cpu.MsrRange;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.fd.Device;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.kvm.fd.VmState;
import dev.kvmpl.kvm.io.IoEvents;
import dev.kvmpl.kvm.irq.Interrupts;
import dev.kvmpl.memory.DirtyLog;
import dev.kvmpl.memory.GuestMemfd;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One VM: a set of memory slots and the vCPUs that see them. Its methods may be called from any
 * thread, but those that change slots from one at a time. What KVM refuses is a {@link
 * SyscallException}.
 */
public final class Vm implements AutoCloseable {
  private final KvmFd fd;
  private final Kvm kvm;
  private final Reach reach = new Reach();
  private final MemorySlots slots;
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Interrupts interrupts;
  private final IoEvents ioEvents;

  Vm(KvmFd fd, Kvm kvm) {
    this.fd = fd;
    this.kvm = kvm;
    slots = new MemorySlots(fd, reach);
    interrupts = new Interrupts(fd);
    ioEvents = new IoEvents(fd);
  }

  /**
   * KVM_SET_USER_MEMORY_REGION (api.rst 4.35): guests have a part of a memory at this address. A
   * live slot can become {@link SlotMode#LOGGED} or move, but not change its size or be made
   * read-only: {@link #deleteSlot} first. The memory stays mapped until this VM and its vCPUs are
   * closed. Does not allocate, but for what is the first or the highest of its kind.
   *
   * @param slot from 0 to the host's limit - 1
   * @param gpa first byte, page-aligned
   * @param offset the first byte in {@code memory}, page-aligned
   * @param length bytes, a multiple of the page size, at least one
   * @throws IllegalArgumentException if not all of that is in the memory
   * @throws SyscallException if KVM refuses
   */
  public void setSlot(
      int slot, long gpa, GuestMemory memory, long offset, long length, SlotMode mode) {
    slots.set(slot, gpa, memory, offset, length, mode);
  }

  /**
   * KVM_SET_USER_MEMORY_REGION2 (api.rst 4.140): the same, and what guests have as private memory
   * there is in a guest_memfd of this VM.
   *
   * @param privateOffset the first byte in it, page-aligned
   */
  public void setSlot(
      int slot,
      long gpa,
      GuestMemory memory,
      long offset,
      long length,
      SlotMode mode,
      GuestMemfd privateMemory,
      long privateOffset) {
    slots.setPrivate(slot, gpa, memory, offset, length, mode, privateMemory, privateOffset);
  }

  /** Guests have nothing there any more. Does not allocate. */
  public void deleteSlot(int slot) {
    slots.unsafeSet(slot, 0, 0, 0, 0);
  }

  /**
   * As {@link #setSlot(int, long, GuestMemory, long, long, SlotMode)}, with memory of the caller's
   * own: if it is unmapped, or something else mapped there, while the slot exists, guests write
   * what they find.
   *
   * @param hostAddress in this process, page-aligned
   */
  public void unsafeSetSlot(int slot, long gpa, long length, long hostAddress, SlotMode mode) {
    slots.unsafeSet(slot, gpa, length, hostAddress, mode.flags());
  }

  /**
   * Which pages of a {@link SlotMode#LOGGED} slot have been written since it was made or this was
   * last called (KVM_GET_DIRTY_LOG, api.rst 4.8); with KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2, since
   * {@link #clearDirtyPages}.
   *
   * @return a bit a page
   */
  public BitSet dirtyPages(int slot) {
    return DirtyLog.get(fd, slot, slots.mostPages());
  }

  /**
   * Logs writes to these pages anew (KVM_CLEAR_DIRTY_LOG, api.rst 4.117), after
   * KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 has been enabled.
   *
   * @param firstPage a multiple of 64
   * @param pages how many from there on: a multiple of 64, or up to the slot's end
   * @param cleared a bit a page, from {@code firstPage} on
   */
  public void clearDirtyPages(int slot, long firstPage, int pages, BitSet cleared) {
    DirtyLog.clear(fd, slot, firstPage, pages, cleared);
  }

  /** Private memory for guests of this VM, owned by the caller: {@link GuestMemfd#create}. */
  public GuestMemfd createGuestMemfd(long size) {
    return GuestMemfd.create(fd, size, 0);
  }

  /**
   * What guests have at these addresses (KVM_SET_MEMORY_ATTRIBUTES, api.rst 4.141).
   *
   * @param gpa first byte, page-aligned
   * @param length bytes, a multiple of the page size
   * @param attributes KVM_MEMORY_ATTRIBUTE_...: all that they have; which can be,
   *     KVM_CAP_MEMORY_ATTRIBUTES says
   */
  public void memoryAttributes(long gpa, long length, long attributes) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment struct = kvm_memory_attributes.allocate(scratch);
      kvm_memory_attributes.address(struct, gpa);
      kvm_memory_attributes.size(struct, length);
      kvm_memory_attributes.attributes(struct, attributes);
      check(
          fd.unsafeIoctl(KVM_SET_MEMORY_ATTRIBUTES(), struct),
          "KVM_SET_MEMORY_ATTRIBUTES",
          String.format(Locale.ROOT, "gpa %#x, %#x bytes: %#x", gpa, length, attributes));
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
    Vcpu created = createBareVcpu(id);
    try {
      created.cpuid(kvm.guestCpuid());
      if (kvm.extension(Capability.ENFORCE_PV_FEATURE_CPUID) != 0) {
        Capability.ENFORCE_PV_FEATURE_CPUID.enable(created.fd(), 1);
      }
      return created;
    } catch (RuntimeException | Error e) {
      Closing.after(e, created);
      throw e;
    }
  }

  /** KVM_CREATE_VCPU (api.rst 4.7) alone: a vCPU whose CPUID tells nothing yet. */
  public Vcpu createBareVcpu(int id) {
    int vcpu =
        check(
            Syscalls.ioctl(fd.number(), KVM_CREATE_VCPU(), (long) id), "KVM_CREATE_VCPU", "" + id);
    return unsafeVcpu(vcpu);
  }

  /**
   * A vCPU that something else has made.
   *
   * @param descriptor of a vCPU of this VM, which this takes over
   */
  public Vcpu unsafeVcpu(int descriptor) {
    KvmFd vcpuFd = new KvmFd(descriptor, "vCPU");
    try {
      return new Vcpu(vcpuFd, Mapping.of(descriptor, kvm.vcpuMmapSize(), 0), this, reach.share());
    } catch (RuntimeException | Error e) {
      Closing.after(e, vcpuFd);
      throw e;
    }
  }

  /**
   * KVM_CREATE_DEVICE (api.rst 4.79).
   *
   * @param type KVM_DEV_TYPE_...; x86 has VFIO's
   * @return the device, owned by the caller
   */
  public Device createDevice(int type) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment create = kvm_create_device.allocate(scratch);
      kvm_create_device.type(create, type);
      check(fd.unsafeIoctl(KVM_CREATE_DEVICE(), create), "KVM_CREATE_DEVICE", "type " + type);
      return new Device(new KvmFd(kvm_create_device.fd(create), "device of type " + type));
    }
  }

  /** Interrupts, with controllers of KVM's. */
  public Interrupts interrupts() {
    return interrupts;
  }

  /** Accesses to ports and memory that are no exits. */
  public IoEvents ioEvents() {
    return ioEvents;
  }

  /** Has KVM fill in a part of the VM's state. */
  public <S extends VmState> S get(S state) {
    return fd.get(state);
  }

  /** Changes a part of the VM's state. */
  public void set(VmState state) {
    fd.set(state);
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
    exitOnMsrs(KVM_MSR_EXIT_REASON_FILTER());
    filterMsrs(MsrFilter.servingOnly(served));
  }

  /**
   * Which accesses to MSRs are exits instead of #GP (KVM_CAP_X86_USER_SPACE_MSR, api.rst 7.21).
   *
   * @param reasons KVM_MSR_EXIT_REASON_...; 0 for none
   */
  public void exitOnMsrs(int reasons) {
    Capability.X86_USER_SPACE_MSR.enable(fd, reasons);
  }

  /** Which MSRs KVM serves (KVM_X86_SET_MSR_FILTER, api.rst 4.97). */
  public void filterMsrs(MsrFilter filter) {
    filter.set(fd);
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

  /**
   * Where kvm_intel may keep three pages for real mode, below 4 GiB and in no slot
   * (KVM_SET_TSS_ADDR, api.rst 4.36).
   */
  public void tssAddress(long gpa) {
    check(fd.unsafeIoctl(KVM_SET_TSS_ADDR(), gpa), "KVM_SET_TSS_ADDR", Long.toHexString(gpa));
  }

  /** Where it may keep one page more, before the first vCPU (KVM_SET_IDENTITY_MAP_ADDR, 4.41). */
  public void identityMapAddress(long gpa) {
    try (Arena scratch = Arena.ofConfined()) {
      check(
          fd.unsafeIoctl(
              KVM_SET_IDENTITY_MAP_ADDR(), scratch.allocateFrom(ValueLayout.JAVA_LONG, gpa)),
          "KVM_SET_IDENTITY_MAP_ADDR",
          Long.toHexString(gpa));
    }
  }

  /** Which vCPU starts the guest, before the first one (KVM_SET_BOOT_CPU_ID, api.rst 4.40). */
  public void bootVcpu(int id) {
    check(fd.unsafeIoctl(KVM_SET_BOOT_CPU_ID(), id), "KVM_SET_BOOT_CPU_ID", Integer.toString(id));
  }

  /**
   * A command of SEV's (KVM_MEMORY_ENCRYPT_OP, api.rst 4.110). It may have addresses in it.
   *
   * @param command struct kvm_sev_cmd
   * @return at least 0, or -errno
   */
  public int unsafeEncryptionCommand(MemorySegment command) {
    return fd.unsafeIoctl(KVM_MEMORY_ENCRYPT_OP(), command);
  }

  /** Memory that guests have encrypted must stay where it is (api.rst 4.111). */
  public void registerEncrypted(GuestMemory memory, long offset, long length) {
    encrypted(
        KVM_MEMORY_ENCRYPT_REG_REGION(), "KVM_MEMORY_ENCRYPT_REG_REGION", memory, offset, length);
  }

  /** Ends that (api.rst 4.112). */
  public void unregisterEncrypted(GuestMemory memory, long offset, long length) {
    encrypted(
        KVM_MEMORY_ENCRYPT_UNREG_REGION(),
        "KVM_MEMORY_ENCRYPT_UNREG_REGION",
        memory,
        offset,
        length);
  }

  private void encrypted(long request, String name, GuestMemory memory, long offset, long length) {
    try (Arena scratch = Arena.ofConfined()) {
      MemorySegment region = kvm_enc_region.allocate(scratch);
      kvm_enc_region.addr(region, memory.slice(offset, length).address());
      kvm_enc_region.size(region, length);
      check(fd.unsafeIoctl(request, region), name, length + " bytes");
    }
  }

  /** The descriptor, for every capability and ioctl that there is. */
  public KvmFd fd() {
    return fd;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      Closing.all(fd, reach);
    }
  }
}
