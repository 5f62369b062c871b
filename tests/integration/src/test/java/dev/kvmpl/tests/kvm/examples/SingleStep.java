// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.debug.GuestDebug;
import dev.kvmpl.kvm.exit.OptInExit;
import dev.kvmpl.kvm.exit.VcpuExit;

/** A debugger that steps. */
final class SingleStep {
  private SingleStep() {}

  static void run(Vcpu vcpu) {
    // @start
    vcpu.debug(GuestDebug.on().singleStep());
    VcpuExit exit = vcpu.run();
    while (exit instanceof OptInExit.Debug step && step.isSingleStep()) {
      System.out.printf("next is %#x%n", step.pc());
      exit = vcpu.run();
    }
    vcpu.debug(GuestDebug.off());
    // @end
  }
}
