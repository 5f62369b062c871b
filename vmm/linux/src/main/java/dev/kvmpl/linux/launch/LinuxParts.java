// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.launch;

import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.irq.Interrupts;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.Processors;
import java.util.List;

/**
 * A machine that is ready to run.
 *
 * @param interrupts of Linux's VM
 */
public record LinuxParts(
    GuestMemory memory,
    Permissions permissions,
    Processors processors,
    Interrupts interrupts,
    Observers observers) {
  /** Nobody has a vCPU of this machine: its drivers are code in its kernel. */
  public Drivers drivers() {
    return new Drivers(processors, List.of());
  }
}
