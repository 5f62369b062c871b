// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.attempts;

import dev.kvmpl.decode.MemoryInstruction;
import dev.kvmpl.decode.OperandDecoder;
import dev.kvmpl.linux.protection.VirtualMemory;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.VcpuState;
import dev.kvmpl.stores.CodeWindow;

/**
 * The virtual address of a store that KVM tells of by its physical one: what an instruction around
 * RIP stores to, if that leads there. Does not allocate.
 */
public final class StoreAddress {
  private final VirtualMemory virtual;
  private final CodeWindow window;
  private final OperandDecoder stores = OperandDecoder.ofStores();

  public StoreAddress(VirtualMemory virtual, CodeWindow window) {
    this.virtual = virtual;
    this.window = window;
  }

  /**
   * Finds it.
   *
   * @param otherwise what it is if no instruction leads there
   */
  public long of(LevelVcpu by, long gpa, long otherwise) {
    VcpuState state = by.state().now();
    window.read(by.cpu(), state.rip());
    for (int start = window.from(); start < CodeWindow.MIDDLE; start++) {
      if (stores.decode(window.bytes(), start, CodeWindow.MIDDLE)
          && stores.instruction().length() == CodeWindow.MIDDLE - start) {
        long address = stores.instruction().addressAfter(state, 0, 0);
        if (leadsTo(by, address, gpa)) {
          return address;
        }
      }
    }
    if (stores.decode(window.bytes(), CodeWindow.MIDDLE, window.to())) {
      long address = stores.instruction().address(state);
      if (leadsTo(by, address, gpa)) {
        return address;
      }
    }
    return otherwise;
  }

  private boolean leadsTo(LevelVcpu by, long address, long gpa) {
    return address != MemoryInstruction.UNKNOWN_ADDRESS
        && virtual.physical(by.cpu(), address) == gpa;
  }
}
