// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.stores;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.decode.Operands;
import dev.kvmpl.decode.PageWalk;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.VcpuState;

/**
 * An exit that tells of an access to a page table although the guest's was elsewhere. A CPU with
 * nested paging that walks over a table in read-only memory asks to write there, and KVM (kvm_amd,
 * kvm_intel; seen from 6.1 to 7.3) takes the entry's address for that of the instruction's operand
 * where both have the same offset in their pages. Does not allocate.
 */
public final class Misdirection {
  private static final long PRESENT = 1;

  private final GuestMemory memory;
  private final PageWalk walk;
  private final CodeWindow window;
  private final Operands operands = new Operands();
  private final OperandDecoder stores = OperandDecoder.ofStores();

  private boolean led; // the operand leads to where the exit says it does
  private boolean walked; // it leads elsewhere, over an entry that is there

  /** In a machine with that memory. */
  public Misdirection(GuestMemory memory) {
    this.memory = memory;
    this.walk = new PageWalk(memory);
    this.window = new CodeWindow(memory);
  }

  /** Whether the exit is about an entry on the way to what a vCPU loads. */
  public boolean isOfLoad(LevelVcpu by, VcpuExit.Mmio load) {
    if (!mayBeEntry(load.gpa())) {
      return false;
    }
    VcpuState state = begin(by);
    window.read(by.cpu(), state.rip());
    if (operands.decode(window.bytes(), CodeWindow.MIDDLE, window.to())) {
      for (int i = 0; i < operands.count(); i++) {
        consider(operands.operand(i).address(state), load.gpa());
      }
    }
    return walked && !led;
  }

  /** The same of what it has stored, and KVM has finished. */
  public boolean isOfStore(LevelVcpu by, long gpa) {
    if (!mayBeEntry(gpa)) {
      return false;
    }
    VcpuState state = begin(by);
    window.read(by.cpu(), state.rip());
    for (int start = window.from(); start < CodeWindow.MIDDLE; start++) {
      if (stores.decode(window.bytes(), start, CodeWindow.MIDDLE)
          && stores.instruction().length() == CodeWindow.MIDDLE - start) {
        consider(stores.instruction().addressAfter(state, 0, 0), gpa);
      }
    }
    return walked && !led;
  }

  /** Nothing else than an entry that is present lies on the way of a walk that has got anywhere. */
  private boolean mayBeEntry(long gpa) {
    return gpa % Long.BYTES == 0
        && memory.contains(gpa, Long.BYTES)
        && (memory.getLong(gpa) & PRESENT) != 0;
  }

  private VcpuState begin(LevelVcpu by) {
    led = false;
    walked = false;
    walk.from(by.cpu().pageTables());
    return by.state().now();
  }

  private void consider(long address, long gpa) {
    if (address == MemoryInstruction.UNKNOWN_ADDRESS) {
      return;
    }
    led |= walk.to(address) == gpa;
    for (int i = 0; i < walk.entries(); i++) {
      walked |= walk.entry(i) == gpa;
    }
  }
}
