// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.irq.Lapic;
import java.time.Duration;

/** What tests of interrupts need where the controllers are KVM's. */
final class Interrupt {
  private Interrupt() {}

  /** Turns the local APIC on, as a guest would. */
  static void enableApic(Vcpu vcpu) {
    Lapic lapic = vcpu.get(new Lapic());
    lapic.put(Lapic.SPURIOUS_VECTOR, 0x1ff);
    vcpu.set(lapic);
  }

  /** Runs; {@code hlt} waits inside KVM, so an interrupt that never comes is a failure by time. */
  static VcpuExit run(Vcpu vcpu) {
    return assertTimeoutPreemptively(Duration.ofMinutes(1), vcpu::run);
  }
}
