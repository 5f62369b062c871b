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
import java.util.HexFormat;
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
  private static final long CLOSED = 0x2000000;
  private static final long CLOSED_PAGE = 0xb000; // what is there
  private static final long TRIED_CODE = 0xc000;
  private static final long TRIED = 0xd000;
  private static final int CARRY = 1;
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
    vm.setSlot(1, CLOSED, memory, CLOSED_PAGE, StoreCase.PAGE, SlotMode.READ_ONLY);
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

  /** What the CPU gets wrong by itself. */
  CpuFlaws flaws() {
    return new CpuFlaws(losesCarry(), misplacesDoubleShift());
  }

  /** {@code rcl byte [CLOSED], 1} with CF set makes 1 of 0: it exits with that. */
  private boolean losesCarry() {
    memory.write(TRIED_CODE, HexFormat.of().parseHex("d01425" + "00000002"));
    memory.store(CLOSED_PAGE, 1, 0);
    if (!(run(TRIED_CODE, CARRY, 0) instanceof VcpuExit.Mmio mmio) || mmio.gpa() != CLOSED) {
      throw new IllegalStateException("a store to a closed page is no exit");
    }
    long stored = mmio.data();
    vcpu.finish();
    return stored != 1;
  }

  /** {@code shld dword [TRIED], eax, 4} with ones in EAX makes 15 of 0. */
  private boolean misplacesDoubleShift() {
    byte[] code = HexFormat.of().parseHex("0fa405" + "00000000" + "04" + "a2" + "0000000300000000");
    int size = 8;
    memory.write(TRIED_CODE, code);
    memory.putInt(TRIED_CODE + 3, (int) (TRIED - TRIED_CODE - size));
    memory.putLong(TRIED - 8, 0);
    memory.putLong(TRIED, 0);
    run(TRIED_CODE, 0, -1);
    vcpu.finish();
    return memory.getLong(TRIED) != 15;
  }

  private VcpuExit run(long rip, long flags, long rax) {
    Registers registers = vcpu.registers();
    registers.clear();
    registers.rip(rip);
    registers.rax(rax);
    registers.rflags(2 | flags);
    vcpu.setRegisters();
    return vcpu.run();
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
