// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import static dev.kvmpl.bindings.SyscallException.check;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_API_VERSION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_MAX_VCPUS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_MAX_VCPU_ID;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_NR_VCPUS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CREATE_VM;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_API_VERSION;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_EMULATED_CPUID;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_MSRS;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_MSR_FEATURE_INDEX_LIST;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_MSR_INDEX_LIST;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_SUPPORTED_CPUID;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_GET_VCPU_MMAP_SIZE;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_X86_QUIRK_FIX_HYPERCALL_INSN;

import dev.kvmpl.bindings.Syscalls;
import dev.kvmpl.bindings.libc.Libc;
import dev.kvmpl.kvm.cpu.CpuidTable;
import dev.kvmpl.kvm.cpu.GuestCpuid;
import dev.kvmpl.kvm.cpu.Msrs;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.fd.KvmFd;
import dev.kvmpl.kvm.host.UnusableHostException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** /dev/kvm, open. May be used from any thread; closing it leaves its VMs alive. */
public final class Kvm implements AutoCloseable {
  /** Where KVM is, on a host that does not say otherwise. */
  public static final Path DEVICE = Path.of("/dev/kvm");

  private static final int SLOTS_OF_OLD = 32;
  private static final int VCPUS_OF_OLD = 4; // api.rst 4.7

  private final KvmFd fd;
  private volatile @Nullable CpuidTable guestCpuid;
  private final long vcpuMmapSize;
  private final Map<Capability, Integer> extensions; // asked for once

  private Kvm(KvmFd fd, long vcpuMmapSize, Map<Capability, Integer> extensions) {
    this.fd = fd;
    this.vcpuMmapSize = vcpuMmapSize;
    this.extensions = extensions;
  }

  /** Opens {@link #DEVICE}; see {@link #open(Path)}. */
  public static Kvm open() {
    return open(DEVICE);
  }

  /**
   * Opens the device and makes sure that it is a KVM of the version that kvmpl speaks, with every
   * {@link Capability} that it cannot do without.
   *
   * @throws UnusableHostException if this host cannot run kvmpl; it says why and what helps
   */
  public static Kvm open(Path device) {
    int opened = Syscalls.open(device.toString(), Libc.O_RDWR() | Libc.O_CLOEXEC());
    if (opened < 0) {
      throw UnusableHostException.cannotOpen(device, -opened);
    }
    KvmFd fd = new KvmFd(opened, device.toString());
    try {
      int version = Syscalls.ioctl(opened, KVM_GET_API_VERSION(), 0);
      // What another device, or a plain file, says of an ioctl that it does not know.
      if (version == -Libc.ENOTTY() || version == -Libc.EINVAL()) {
        throw UnusableHostException.notKvm(device, -version);
      }
      check(version, "KVM_GET_API_VERSION", "");
      if (version != KVM_API_VERSION()) {
        throw UnusableHostException.wrongVersion(device, version, KVM_API_VERSION());
      }
      int mmapSize =
          check(Syscalls.ioctl(opened, KVM_GET_VCPU_MMAP_SIZE(), 0), "KVM_GET_VCPU_MMAP_SIZE", "");
      Map<Capability, Integer> extensions = new EnumMap<>(Capability.class);
      for (Capability capability : Capability.values()) {
        int said = fd.extension(capability.number(), capability.kernelName()) & capability.bits();
        if (capability.required() && said == 0) {
          throw UnusableHostException.missing(capability.kernelName(), capability.lostWithout());
        }
        extensions.put(capability, said);
      }
      return new Kvm(fd, mmapSize, extensions);
    } catch (RuntimeException | Error e) {
      Closing.after(e, fd);
      throw e;
    }
  }

  /** KVM_GET_API_VERSION (api.rst 4.1): 12 on every kernel since 2.6.22. */
  public int apiVersion() {
    return check(Syscalls.ioctl(fd.number(), KVM_GET_API_VERSION(), 0), "KVM_GET_API_VERSION", "");
  }

  /** KVM_CHECK_EXTENSION (api.rst 4.4): 0 if the host lacks it, else at least 1. */
  public int extension(Capability capability) {
    fd.number(); // what is closed answers nothing
    return extensions.getOrDefault(capability, 0);
  }

  /**
   * How many slots a VM can have: KVM_CAP_NR_MEMSLOTS, or the 32 of the oldest KVM where it is not
   * known.
   */
  public int slots() {
    int slots = extension(Capability.NR_MEMSLOTS);
    return slots == 0 ? SLOTS_OF_OLD : slots;
  }

  /** How many vCPUs of a VM the host recommends at most (KVM_CAP_NR_VCPUS, api.rst 4.7). */
  public int recommendedVcpus() {
    int vcpus = fd.extension(KVM_CAP_NR_VCPUS());
    return vcpus == 0 ? VCPUS_OF_OLD : vcpus;
  }

  /** How many vCPUs a VM can have (KVM_CAP_MAX_VCPUS). */
  public int maxVcpus() {
    int vcpus = fd.extension(KVM_CAP_MAX_VCPUS());
    return vcpus == 0 ? recommendedVcpus() : vcpus;
  }

  /** One more than the highest id that a vCPU can have (KVM_CAP_MAX_VCPU_ID). */
  public int maxVcpuId() {
    int ids = fd.extension(KVM_CAP_MAX_VCPU_ID());
    return ids == 0 ? maxVcpus() : ids;
  }

  /**
   * Makes sure that a VM can have so many slots.
   *
   * @throws UnusableHostException if not
   */
  public void requireSlots(int needed) {
    if (needed > slots()) {
      throw UnusableHostException.tooFewSlots(slots(), needed);
    }
  }

  /**
   * KVM_CREATE_VM (api.rst 4.2): a VM without memory or vCPUs, owned by the caller. Where the host
   * can, KVM leaves its guests' {@code vmcall} and {@code vmmcall} as they are
   * (KVM_X86_QUIRK_FIX_HYPERCALL_INSN, api.rst 7.31): the one that the CPU does not have is #UD.
   */
  public Vm createVm() {
    int vm = check(Syscalls.ioctl(fd.number(), KVM_CREATE_VM(), 0), "KVM_CREATE_VM", "");
    KvmFd vmFd = new KvmFd(vm, "VM");
    try {
      if (extension(Capability.DISABLE_QUIRKS2) != 0) {
        Capability.DISABLE_QUIRKS2.enable(vmFd, KVM_X86_QUIRK_FIX_HYPERCALL_INSN());
      }
      return new Vm(vmFd, this);
    } catch (RuntimeException e) {
      vmFd.close();
      throw e;
    }
  }

  /** KVM_CREATE_VM (api.rst 4.2) of a kind, with all that KVM does by itself. */
  public Vm createBareVm(VmType type) {
    int vm =
        check(
            Syscalls.ioctl(fd.number(), KVM_CREATE_VM(), (long) type.number()),
            "KVM_CREATE_VM",
            type.toString());
    return new Vm(new KvmFd(vm, "VM"), this);
  }

  /**
   * A VM that something else has made. What its vCPUs may reach, and for how long that is mapped,
   * is the caller's business.
   *
   * @param descriptor of a VM, which this takes over
   */
  public Vm unsafeVm(int descriptor) {
    return new Vm(new KvmFd(descriptor, "VM"), this);
  }

  /** What CPUID can tell guests on this host (KVM_GET_SUPPORTED_CPUID, api.rst 4.46). */
  public CpuidTable supportedCpuid() {
    return CpuidTable.get(fd, KVM_GET_SUPPORTED_CPUID(), "KVM_GET_SUPPORTED_CPUID");
  }

  /** What vCPUs are told. Asked for once: where CPUID is trapped it takes longer than a vCPU. */
  CpuidTable guestCpuid() {
    CpuidTable told = guestCpuid;
    if (told == null) {
      guestCpuid = told = GuestCpuid.of(supportedCpuid());
    }
    return told;
  }

  /** What more KVM could emulate (KVM_GET_EMULATED_CPUID, api.rst 4.88). */
  public CpuidTable emulatedCpuid() {
    return CpuidTable.get(fd, KVM_GET_EMULATED_CPUID(), "KVM_GET_EMULATED_CPUID");
  }

  /** The MSRs that a vCPU's state consists of (KVM_GET_MSR_INDEX_LIST, api.rst 4.3). */
  public List<Integer> msrIndices() {
    return Msrs.list(fd, KVM_GET_MSR_INDEX_LIST(), "KVM_GET_MSR_INDEX_LIST");
  }

  /** The MSRs that say what the host can do (KVM_GET_MSR_FEATURE_INDEX_LIST, api.rst 4.3). */
  public List<Integer> featureMsrIndices() {
    return Msrs.list(fd, KVM_GET_MSR_FEATURE_INDEX_LIST(), "KVM_GET_MSR_FEATURE_INDEX_LIST");
  }

  /**
   * Reads MSRs that say what the host can do (KVM_GET_MSRS, api.rst 4.18).
   *
   * @return how many, from the first on
   */
  public int getMsrs(Msrs msrs) {
    return msrs.transfer(fd, KVM_GET_MSRS(), "KVM_GET_MSRS");
  }

  /** The descriptor, for every capability and ioctl that there is. */
  public KvmFd fd() {
    return fd;
  }

  /** Bytes of each vCPU's run area (KVM_GET_VCPU_MMAP_SIZE, api.rst 4.5). */
  public long vcpuMmapSize() {
    return vcpuMmapSize;
  }

  @Override
  public void close() {
    fd.close();
  }
}
