// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.run;

import dev.kvmpl.benchmarks.suite.LinuxBenchmark;
import dev.kvmpl.benchmarks.suite.ProcessStart;
import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.host.Host;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;

/** Why a host cannot do something, if it cannot. */
final class Needs {
  private Needs() {}

  static Optional<String> slotFlip(Map<String, String> parameters) {
    if (parameters.getOrDefault("cpu", "boot").equals("other") && cpus() < 2) {
      return Optional.of("this host has one CPU");
    }
    if (parameters.getOrDefault("zapAll", "true").equals("false") && !canQuirk()) {
      return Optional.of("its KVM cannot do without KVM_X86_QUIRK_SLOT_ZAP_ALL (Linux 6.12)");
    }
    return Optional.empty();
  }

  static Optional<String> handOver(Map<String, String> parameters) {
    return parameters.getOrDefault("way", "").startsWith("spin") && cpus() < 2
        ? Optional.of("this host has one CPU: who spins keeps it from the other, so none does")
        : Optional.empty();
  }

  static Optional<String> processStart(Map<String, String> parameters) {
    return Files.isExecutable(ProcessStart.launcher())
        ? Optional.empty()
        : Optional.of("there is no ./kvmpl on an emulated host");
  }

  static Optional<String> linux(Map<String, String> parameters) {
    if (Host.detect().emulatesSupervisor()) {
      return Optional.of("no Linux boots in this KVM: --host amd");
    }
    return System.getenv(LinuxBenchmark.KERNEL) == null
        ? Optional.of("no kernel is named by " + LinuxBenchmark.KERNEL)
        : Optional.empty();
  }

  private static int cpus() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static boolean canQuirk() {
    try (dev.kvmpl.kvm.Kvm kvm = dev.kvmpl.kvm.Kvm.open()) {
      return (kvm.fd().extension(Kvm.KVM_CAP_DISABLE_QUIRKS2()) & Kvm.KVM_X86_QUIRK_SLOT_ZAP_ALL())
          != 0;
    }
  }
}
