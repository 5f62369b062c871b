// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.stores;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Executes cases at CPL 3, where all memory is open: on each kind of KVM that is the CPU itself. A
 * case is done when its code stores to an address behind the memory.
 */
final class NativeStores implements AutoCloseable {
  private static final long PML4 = 0x1000;
  private static final long PDPT = 0x2000;
  private static final long PD = 0x3000;
  private static final long GDT = 0x4000;
  private static final long TSS = 0x5000;
  private static final long DONE_CODE = 0xa000;
  private static final long DONE = 0x3000000;
  private static final int PRESENT_WRITABLE_USER = 7;
  private static final int LARGE = 0x80;
  private static final int MOVABS_AL = 0xa2;

  /** By the number that instructions have for a register, where struct kvm_regs has it. */
  private static final int[] IN_KVM_REGS = {0, 2, 3, 1, 6, 7, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15};

  private static final int KVM_REGS_RIP = 16;
  private static final int KVM_REGS_RFLAGS = 17;

  private final Kvm kvm = Kvm.open();
  private final Vm vm = kvm.createVm();
  private final GuestMemory memory = GuestMemory.allocate(StoreMemory.SIZE);
  private final Vcpu vcpu;

  NativeStores() {
    memory.putLong(PML4, PDPT | PRESENT_WRITABLE_USER);
    memory.putLong(PDPT, PD | PRESENT_WRITABLE_USER);
    for (int i = 0; i < 32; i++) {
      memory.putLong(PD + i * 8L, (long) i << 21 | LARGE | PRESENT_WRITABLE_USER);
    }
    memory.putLong(GDT + LongMode.SELECTOR_CODE, 0x00af9b000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_DATA, 0x00cf93000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_USER_DATA, 0x00cff3000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_USER_CODE, 0x00affb000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_TSS, 0x00008b0000000067L | TSS << 16);
    memory.store(DONE_CODE, 1, MOVABS_AL);
    memory.putLong(DONE_CODE + 1, DONE);
    vm.setSlot(0, 0, memory, 0, StoreMemory.SIZE, SlotMode.READ_WRITE);
    vcpu = vm.createVcpu(0);
    vcpu.enterLongMode(new LongMode(PML4, GDT, TSS, 0).hosting(PML4));
  }

  GuestMemory memory() {
    return memory;
  }

  /** Writes a batch; each of its cases may then be executed once. */
  void write(List<StoreCase> cases, RandomGenerator random) {
    StoreMemory.write(memory, cases, 0, random);
    memory.putLong(StoreMemory.RESULTS, DONE_CODE);
  }

  /** Executes a case and returns the registers after it, by their numbers, and the flags. */
  long[] execute(int index, StoreCase each, long moreFlags) {
    ByteBuffer regs =
        ByteBuffer.wrap(vcpu.registers().save()).order(ByteOrder.LITTLE_ENDIAN); // of its size
    for (int n = 0; n < IN_KVM_REGS.length; n++) {
      regs.putLong(IN_KVM_REGS[n] * 8, each.registers().get(n));
    }
    regs.putLong(KVM_REGS_RIP * 8, StoreMemory.codeOf(index));
    regs.putLong(KVM_REGS_RFLAGS * 8, each.rflags() | moreFlags);
    vcpu.registers().restore(regs.array());
    vcpu.setRegisters();
    VcpuExit exit = vcpu.run();
    if (!(exit instanceof VcpuExit.Mmio mmio) || mmio.gpa() != DONE) {
      Registers at = vcpu.registers();
      throw new IllegalStateException("%s ended with %s, %s".formatted(each, exit.name(), at));
    }
    vcpu.finish();
    regs = ByteBuffer.wrap(vcpu.registers().save()).order(ByteOrder.LITTLE_ENDIAN);
    long[] after = new long[IN_KVM_REGS.length + 1];
    for (int n = 0; n < IN_KVM_REGS.length; n++) {
      after[n] = regs.getLong(IN_KVM_REGS[n] * 8);
    }
    after[IN_KVM_REGS.length] = regs.getLong(KVM_REGS_RFLAGS * 8);
    return after;
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
    memory.close();
    kvm.close();
  }
}
