// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.irq.Interrupts;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.Processors;
import java.util.List;

/**
 * A machine that is ready to run.
 *
 * @param vcpus Linux's, by their processors
 * @param interrupts of Linux's VM
 */
record LinuxParts(
    GuestMemory memory,
    Permissions permissions,
    Processors processors,
    List<Vcpu> vcpus,
    Interrupts interrupts,
    Observers observers) {
  LinuxParts {
    vcpus = List.copyOf(vcpus);
  }

  /** Nobody has a vCPU of this machine: its drivers are code in its kernel. */
  Drivers drivers() {
    return new Drivers(processors, List.of());
  }
}
