// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.SlotMode;

/**
 * A guest that stores to a read-only slot for ever. It starts as a vCPU comes out of reset, in real
 * mode at 0xfffffff0, so that nothing has to be set up: what {@code one_exit.c} has too.
 */
public final class ResetGuest implements AutoCloseable {
  private static final long RESET_PAGE = 0xfffff000L;
  private static final int RESET_OFFSET = 0xff0;
  private static final long TARGET = 0x1000;

  private static final byte[] CODE = {
    (byte) 0xa2,
    0x00,
    0x10, // 1: mov %al, 0x1000
    (byte) 0xeb,
    (byte) 0xfb, // jmp 1b
  };

  private final Kvm kvm = Kvm.open();
  private final GuestMemory memory = GuestMemory.allocate(2 * PageRange.PAGE_SIZE);
  private final Vm vm = kvm.createVm();
  private final Vcpu vcpu;

  /** About to run. */
  public ResetGuest() {
    memory.write(RESET_OFFSET, CODE);
    vm.setSlot(0, RESET_PAGE, memory, 0, PageRange.PAGE_SIZE, SlotMode.READ_WRITE);
    vm.setSlot(1, TARGET, memory, PageRange.PAGE_SIZE, PageRange.PAGE_SIZE, SlotMode.READ_ONLY);
    vcpu = vm.createVcpu(0);
  }

  /** Its vCPU. */
  public Vcpu vcpu() {
    return vcpu;
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
    memory.close();
    kvm.close();
  }
}
