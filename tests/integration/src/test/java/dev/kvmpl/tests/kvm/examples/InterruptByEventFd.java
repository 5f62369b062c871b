// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.fd.EventFd;
import dev.kvmpl.kvm.irq.GsiRoute;
import dev.kvmpl.kvm.irq.Msi;
import java.util.List;

/** A device that interrupts. */
final class InterruptByEventFd {
  private InterruptByEventFd() {}

  static void run(Vm vm) {
    // @start
    int line = 30;
    int vector = 0x61;
    vm.interrupts().route(List.of(new GsiRoute.Message(line, Msi.to(0, vector))));
    try (EventFd event = new EventFd()) {
      vm.interrupts().connect(event, line);
      event.signal(1); // from any thread, while the guest runs
    }
    // @end
  }
}
