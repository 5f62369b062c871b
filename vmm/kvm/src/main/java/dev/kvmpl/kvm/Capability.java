// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.fd.KvmFd;

/**
 * The KVM capabilities (api.rst 8 and 4.4) that kvmpl uses, and what is lost without each. Any
 * other is asked for by its number: {@link KvmFd#extension(int)}.
 */
public enum Capability {
  /** Memory slots backed by the caller's memory. */
  USER_MEMORY(Kvm.KVM_CAP_USER_MEMORY(), true, "no guest memory"),
  /** Slots that a guest may read but not write: what enforces the levels. */
  READONLY_MEM(Kvm.KVM_CAP_READONLY_MEM(), true, "a level's writes cannot be caught"),
  /** KVM_RUN can finish an operation without running more guest code. */
  IMMEDIATE_EXIT(
      Kvm.KVM_CAP_IMMEDIATE_EXIT(), true, "a caught store cannot be completed exactly once"),
  /** Accesses to MSRs can be handed to the VMM. */
  X86_USER_SPACE_MSR(
      Kvm.KVM_CAP_X86_USER_SPACE_MSR(), true, "guests cannot reach the hypervisor (GHCB MSR)"),
  /** The VMM chooses which MSRs. */
  X86_MSR_FILTER(
      Kvm.KVM_CAP_X86_MSR_FILTER(),
      true,
      "guests cannot reach the hypervisor (GHCB MSR), and can have the host write their memory"),
  /** CPUID leaves for the guest. */
  EXT_CPUID(Kvm.KVM_CAP_EXT_CPUID(), true, "guests have no 64-bit mode"),
  /** The number of slots a VM can have. */
  NR_MEMSLOTS(Kvm.KVM_CAP_NR_MEMSLOTS(), false, "the number of separate grants is not known"),
  /** The time-stamp counter's frequency. */
  GET_TSC_KHZ(
      Kvm.KVM_CAP_GET_TSC_KHZ(), false, "guest steps get the time of the exit that follows them"),
  /** Details of internal errors, among them the instruction's bytes. */
  INTERNAL_ERROR_DATA(
      Kvm.KVM_CAP_INTERNAL_ERROR_DATA(), false, "a failed emulation cannot show the instruction"),
  /** An instruction that KVM cannot emulate is an exit and nothing else. */
  EXIT_ON_EMULATION_FAILURE(
      Kvm.KVM_CAP_EXIT_ON_EMULATION_FAILURE(),
      false,
      "a prohibited instruction fetch is an invalid instruction for the guest as well"),
  /** KVM serves a vCPU only those of its paravirtual features that CPUID names: none. */
  ENFORCE_PV_FEATURE_CPUID(
      Kvm.KVM_CAP_ENFORCE_PV_FEATURE_CPUID(),
      false,
      "the MSR filter alone keeps KVM's paravirtual features from guests"),
  /** Behaviours of KVM can be switched off, that of KVM_X86_QUIRK_FIX_HYPERCALL_INSN among them. */
  DISABLE_QUIRKS2(
      Kvm.KVM_CAP_DISABLE_QUIRKS2(),
      Kvm.KVM_X86_QUIRK_FIX_HYPERCALL_INSN(),
      false,
      "KVM replaces vmcall or vmmcall where it is executed, which is judged as a store of 3 bytes");

  private static final int ANY = -1;

  private final int number;
  private final int bits;
  private final boolean required;
  private final String lostWithout;

  Capability(int number, boolean required, String lostWithout) {
    this(number, ANY, required, lostWithout);
  }

  Capability(int number, int bits, boolean required, String lostWithout) {
    this.number = number;
    this.bits = bits;
    this.required = required;
    this.lostWithout = lostWithout;
  }

  /** KVM_CAP_...'s number. */
  public int number() {
    return number;
  }

  /**
   * The bits that matter of what KVM_CHECK_EXTENSION says; all, unless it says which of several.
   */
  int bits() {
    return bits;
  }

  /** Whether nothing works without it. */
  public boolean required() {
    return required;
  }

  /** What a host without it cannot do, as half a sentence. */
  public String lostWithout() {
    return lostWithout;
  }

  /** The name in the kernel's header. */
  public String kernelName() {
    return "KVM_CAP_" + name();
  }

  /** KVM_ENABLE_CAP (api.rst 4.37) of a VM or a vCPU. */
  void enable(KvmFd fd, long argument) {
    fd.enable(number, kernelName(), argument);
  }
}
