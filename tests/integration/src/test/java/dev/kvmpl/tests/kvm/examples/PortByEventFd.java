// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.fd.EventFd;
import dev.kvmpl.kvm.io.IoAddress;

/** A doorbell. */
final class PortByEventFd {
  private PortByEventFd() {}

  static void run(Vm vm, Vcpu vcpu) {
    // @start
    try (EventFd doorbell = new EventFd()) {
      vm.ioEvents().connect(doorbell, new IoAddress.Port(0x10), 1);
      vcpu.run(); // until something else happens
      System.out.println("rung " + doorbell.take() + " times");
    }
    // @end
  }
}
