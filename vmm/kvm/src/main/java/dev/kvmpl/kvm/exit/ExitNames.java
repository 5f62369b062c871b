// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.kvm.exit;

import dev.kvmpl.bindings.kvm.Kvm;
import java.util.Map;

/**
 * The API document's names of the exits that are {@link VcpuExit.Unsupported}, and of internal
 * errors.
 */
final class ExitNames {
  private static final Map<Integer, String> NAMES =
      Map.ofEntries(
          Map.entry(Kvm.KVM_EXIT_UNKNOWN(), "UNKNOWN"),
          Map.entry(Kvm.KVM_EXIT_EXCEPTION(), "EXCEPTION"),
          Map.entry(Kvm.KVM_EXIT_INTR(), "INTR"),
          Map.entry(Kvm.KVM_EXIT_NMI(), "NMI"),
          Map.entry(Kvm.KVM_EXIT_WATCHDOG(), "WATCHDOG"));

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
