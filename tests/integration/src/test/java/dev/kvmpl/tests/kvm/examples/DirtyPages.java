// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;

/** What a guest has written. */
final class DirtyPages {
  private DirtyPages() {}

  static void run(Vm vm, Vcpu vcpu, GuestMemory memory) {
    // @start
    vm.setSlot(1, 0x200000, memory, 0, memory.size(), SlotMode.LOGGED);
    vcpu.run();
    System.out.println("written: pages " + vm.dirtyPages(1));
    // @end
  }
}
