// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.kvm.examples;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import java.util.HexFormat;

/** The first thing to try. */
final class TenBytes {
  private TenBytes() {}

  static void run() {
    // @start
    String code =
        "b80600" // mov $6, %ax
            + "b90700" // mov $7, %cx
            + "f7e1" // mul %cx
            + "e610"; // out %al, $0x10
    try (Kvm kvm = Kvm.open(); // 1. /dev/kvm
        Vm vm = kvm.createVm(); // 2. a VM
        GuestMemory memory = GuestMemory.allocate(0x1000)) { // 3. its memory
      memory.write(0, HexFormat.of().parseHex(code));
      vm.setSlot(0, 0, memory, 0, memory.size(), SlotMode.READ_WRITE); // 4. ... which it has at 0
      try (Vcpu vcpu = vm.createVcpu(0)) { // 5. a vCPU, which starts in real mode
        SpecialRegisters special = vcpu.get(new SpecialRegisters());
        special.cs().selector(0);
        special.cs().base(0);
        vcpu.set(special);
        Registers registers = vcpu.registers();
        registers.rip(0);
        vcpu.setRegisters();
        if (vcpu.run() instanceof VcpuExit.Io out) { // 6. runs until it needs something
          System.out.println("the guest says " + out.data(0));
        }
      }
    }
    // @end
  }
}
