// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.protocol.MemoryLayout;

/** How a level's kernel starts on a vCPU. */
final class Boot {
  private Boot() {}

  /** Lets it start at {@code entry}, with a stack, and its boot info as the argument. */
  static void start(MemoryLayout memoryLayout, LevelVcpu vcpu, long entry) {
    LevelLayout layout = memoryLayout.of(vcpu.level());
    int processor = vcpu.processor().apicId();
    Registers registers = vcpu.cpu().registers();
    registers.rip(entry);
    registers.rsp(layout.stackTop(processor));
    registers.rdi(layout.bootInfo(processor));
    vcpu.cpu().setRegisters();
  }

  /** Where it finds what it has to know. */
  static BootInfo info(GuestMemory memory, MemoryLayout layout, LevelVcpu vcpu) {
    return new BootInfo(memory, layout.of(vcpu.level()).bootInfo(vcpu.processor().apicId()));
  }
}
