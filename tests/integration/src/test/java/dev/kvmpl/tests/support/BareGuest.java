// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.VmType;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.kvm.state.SpecialRegisters;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.SlotMode;
import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * A VM as KVM makes it, with one vCPU that the host's whole CPUID describes, in 64-bit mode about
 * to run a few instructions. Virtual is physical. All exceptions and interrupts go to a handler.
 */
public final class BareGuest implements AutoCloseable {
  /** Where the code is. */
  public static final long CODE = 0x8000;

  /** Where the handler is. */
  public static final long HANDLER = 0x9000;

  /** The first byte of a page that is the test's to use. */
  public static final long PAGE = 0x20000;

  /** The top of the stack. */
  public static final long STACK = 0x10000;

  /** Bytes of memory, from 0 on, in slot 0. */
  public static final long MEMORY = 0x100000;

  private static final long PML4 = 0x1000;
  private static final long PDPT = 0x2000;
  private static final long GDT = 0x4000;
  private static final long TSS = 0x5000;
  private static final long IDT = 0x6000;
  private static final long STUBS = 0x3000;
  private static final int VECTORS = 256;
  private static final long GATE = 0x8e00L << 32 | (long) LongMode.SELECTOR_CODE << 16;
  private static final int GIGABYTES = 4; // the APICs' page too
  private static final long LARGE = 0x83; // present, writable

  private final Kvm kvm = Kvm.open();
  private final Vm vm;
  private final GuestMemory memory = GuestMemory.allocate(MEMORY);
  private final Vcpu vcpu;

  private BareGuest(VmType type, String code, String handler, Consumer<Vm> before) {
    vm = kvm.createBareVm(type);
    before.accept(vm);
    memory.putLong(PML4, PDPT | 3);
    for (int i = 0; i < GIGABYTES; i++) {
      long directory = 0xa000 + i * 0x1000L;
      memory.putLong(PDPT + i * 8L, directory | 3);
      for (int j = 0; j < 512; j++) {
        memory.putLong(directory + j * 8L, (i * 512L + j) << 21 | LARGE);
      }
    }
    memory.putLong(GDT + LongMode.SELECTOR_CODE, 0x00af9b000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_DATA, 0x00cf93000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_TSS, 0x00008b0000000067L | TSS << 16);
    for (int vector = 0; vector < VECTORS; vector++) {
      // 68 ..    push $vector
      // e9 ..    jmp HANDLER
      long stub = STUBS + vector * 16L;
      memory.putLong(IDT + vector * 16L, GATE | stub);
      memory.store(stub, 1, 0x68);
      memory.putInt(stub + 1, vector);
      memory.store(stub + 5, 1, 0xe9);
      memory.putInt(stub + 6, (int) (HANDLER - (stub + 10)));
    }
    memory.write(CODE, HexFormat.of().parseHex(code.replace(" ", "")));
    memory.write(HANDLER, HexFormat.of().parseHex(handler.replace(" ", "")));
    vm.setSlot(0, 0, memory, 0, MEMORY, SlotMode.READ_WRITE);
    vcpu = vm.createBareVcpu(0);
    vcpu.cpuid(kvm.supportedCpuid());
    vcpu.enterLongMode(new LongMode(PML4, GDT, TSS, 0));
    SpecialRegisters special = vcpu.get(new SpecialRegisters());
    special.idt().base(IDT);
    special.idt().limit(VECTORS * 16 - 1);
    vcpu.set(special);
    Registers registers = vcpu.registers();
    registers.clear();
    registers.rip(CODE);
    registers.rsp(STACK);
    registers.rflags(2);
    registers.rdi(PAGE);
    vcpu.setRegisters();
  }

  /**
   * A guest about to run this code, in hex, with RDI = {@link #PAGE}; its handler is {@code hlt}.
   */
  public static BareGuest running(String code) {
    return handling(code, "f4");
  }

  /** A guest with a handler, in hex. */
  public static BareGuest handling(String code, String handler) {
    return handling(code, handler, _ -> {});
  }

  /** The same, of a VM to which something is done before it has its vCPU. */
  public static BareGuest handling(String code, String handler, Consumer<Vm> before) {
    return new BareGuest(VmType.DEFAULT, code, handler, before);
  }

  /** The vector that the handler has been called for, from before it has used its stack. */
  public int vector() {
    vcpu.finish();
    return (int) memory.getLong(vcpu.registers().rsp());
  }

  public Kvm kvm() {
    return kvm;
  }

  public Vm vm() {
    return vm;
  }

  public Vcpu vcpu() {
    return vcpu;
  }

  public GuestMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
    memory.close();
    kvm.close();
  }
}
