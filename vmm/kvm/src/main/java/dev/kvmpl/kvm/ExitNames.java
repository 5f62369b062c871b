// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm;

import dev.kvmpl.bindings.kvm.Kvm;
import java.util.Map;

/**
 * The API document's names of the exits that kvmpl reports without handling them, and of internal
 * errors.
 */
final class ExitNames {
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(Kvm.KVM_EXIT_UNKNOWN(), "UNKNOWN"),
          Map.entry(Kvm.KVM_EXIT_EXCEPTION(), "EXCEPTION"),
          Map.entry(Kvm.KVM_EXIT_HYPERCALL(), "HYPERCALL"),
          Map.entry(Kvm.KVM_EXIT_DEBUG(), "DEBUG"),
          Map.entry(Kvm.KVM_EXIT_INTR(), "INTR"),
          Map.entry(Kvm.KVM_EXIT_SET_TPR(), "SET_TPR"),
          Map.entry(Kvm.KVM_EXIT_TPR_ACCESS(), "TPR_ACCESS"),
          Map.entry(Kvm.KVM_EXIT_NMI(), "NMI"),
          Map.entry(Kvm.KVM_EXIT_WATCHDOG(), "WATCHDOG"),
          Map.entry(Kvm.KVM_EXIT_SYSTEM_EVENT(), "SYSTEM_EVENT"),
          Map.entry(Kvm.KVM_EXIT_IOAPIC_EOI(), "IOAPIC_EOI"),
          Map.entry(Kvm.KVM_EXIT_HYPERV(), "HYPERV"),
          Map.entry(Kvm.KVM_EXIT_DIRTY_RING_FULL(), "DIRTY_RING_FULL"),
          Map.entry(Kvm.KVM_EXIT_AP_RESET_HOLD(), "AP_RESET_HOLD"),
          Map.entry(Kvm.KVM_EXIT_X86_BUS_LOCK(), "X86_BUS_LOCK"),
          Map.entry(Kvm.KVM_EXIT_XEN(), "XEN"),
          Map.entry(Kvm.KVM_EXIT_NOTIFY(), "NOTIFY"));

  private static final Map<Integer, String> SUBERRORS =
      Map.of(
          Kvm.KVM_INTERNAL_ERROR_EMULATION(), "EMULATION",
          Kvm.KVM_INTERNAL_ERROR_SIMUL_EX(), "SIMUL_EX",
          Kvm.KVM_INTERNAL_ERROR_DELIVERY_EV(), "DELIVERY_EV",
          Kvm.KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON(), "UNEXPECTED_EXIT_REASON");

  private ExitNames() {}

  static String of(int reason) {
    String name = NAMES.get(reason);
    return name == null ? "EXIT_" + reason : name;
  }

  /** Of an internal error. */
  static String ofSuberror(int suberror) {
    return SUBERRORS.getOrDefault(suberror, "UNKNOWN");
  }
}
