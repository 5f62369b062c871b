// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.tests.support;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.ProtectedMapping;
import dev.kvmpl.memory.SlotMode;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A VM with one vCPU in 64-bit mode about to run a few instructions. Code and tables are in a
 * writable slot; the page at {@link #PAGE} is in none until the test puts it into one.
 */
public final class SmallGuest implements AutoCloseable {
  /** The page that a test is about, guest-physical and virtual. */
  public static final long PAGE = 0x100000;

  /** What the page is filled with. */
  public static final byte FILL = (byte) 0xee;

  /** Where the code is. */
  public static final long CODE = 0x8000;

  /** Where the handler of all exceptions and interrupts is. */
  public static final long HANDLER = 0x9000;

  /** Where the code is that runs with a handler. */
  public static final long HANDLED = CODE + 13;

  private static final long MEMORY_SIZE = 0x101000;
  private static final int PAGE_SIZE = 0x1000;
  private static final int CODE_SLOT = 0;
  private static final int PAGE_SLOT = 1;
  private static final long PML4 = 0x1000;
  private static final long PDPT = 0x2000;
  private static final long PD = 0x3000;
  private static final long GDT = 0x4000;
  private static final long TSS = 0x5000;
  private static final long IDT = 0x6000;
  private static final long IDTR = 0x7000;
  private static final int VECTORS = 256;
  private static final long GATE = 0x8e00L << 32 | (long) LongMode.SELECTOR_CODE << 16;

  // 0f 01 1c 25 00 70 00 00    lidt 0x7000
  // bc 00 00 01 00             mov $0x10000, %esp
  private static final String PROLOGUE = "0f 01 1c 25 00 70 00 00 bc 00 00 01 00";

  private final Kvm kvm = Kvm.open();
  private final Vm vm = kvm.createVm();
  private final GuestMemory memory = GuestMemory.allocate(MEMORY_SIZE);
  private final Vcpu vcpu;

  private SmallGuest(String code) {
    memory.slice(PAGE, PAGE_SIZE).fill(FILL);
    memory.putLong(PML4, PDPT | 3); // present, writable
    memory.putLong(PDPT, PD | 3);
    memory.putLong(PD, 0x83); // 0..2 MiB: present, writable, large
    memory.putLong(GDT + LongMode.SELECTOR_CODE, 0x00af9b000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_DATA, 0x00cf93000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_TSS, 0x00008b0000000067L | TSS << 16);
    memory.write(CODE, HexFormat.of().parseHex(code.replace(" ", "")));
    vm.setSlot(CODE_SLOT, 0, memory, 0, PAGE, SlotMode.READ_WRITE);
    vcpu = vm.createVcpu(0);
    vcpu.enterLongMode(new LongMode(PML4, GDT, TSS, 0));
    registers(PAGE, 0);
  }

  /** A guest about to run this code, in hex, with RDI = {@link #PAGE} and RAX = 0. */
  public static SmallGuest running(String code) {
    return new SmallGuest(code);
  }

  /**
   * As {@link #running}, at {@link #HANDLED}, with a stack and a handler, in hex, of all exceptions
   * and interrupts.
   */
  public static SmallGuest handling(String code, String handler) {
    SmallGuest guest = new SmallGuest(PROLOGUE + code);
    guest.memory.write(HANDLER, HexFormat.of().parseHex(handler.replace(" ", "")));
    for (int vector = 0; vector < VECTORS; vector++) {
      guest.memory.putLong(IDT + vector * 16L, GATE | HANDLER);
    }
    guest.memory.putLong(IDTR, IDT << 16 | (VECTORS * 16 - 1));
    return guest;
  }

  /** Changes what the code starts with. */
  public SmallGuest registers(long rdi, long rax) {
    Registers registers = vcpu.registers();
    registers.rip(CODE);
    registers.rflags(2);
    registers.rdi(rdi);
    registers.rax(rax);
    vcpu.setRegisters();
    return this;
  }

  /** Puts the page into a slot. */
  public SmallGuest mapPage(boolean readOnly) {
    return mapPage(readOnly ? SlotMode.READ_ONLY : SlotMode.READ_WRITE);
  }

  /** As {@link #mapPage(boolean)}. */
  public SmallGuest mapPage(SlotMode mode) {
    vm.setSlot(PAGE_SLOT, PAGE, memory, PAGE, PAGE_SIZE, mode);
    return this;
  }

  /** Puts the page into a slot over another mapping of the same memory. */
  public SmallGuest mapPage(ProtectedMapping mapping) {
    vm.unsafeSetSlot(PAGE_SLOT, PAGE, PAGE_SIZE, mapping.hostAddress(PAGE), SlotMode.READ_WRITE);
    return this;
  }

  /** Takes the page out of its slot. */
  public SmallGuest unmapPage() {
    vm.deleteSlot(PAGE_SLOT);
    return this;
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

  /** The page's bytes. */
  public byte[] page() {
    return memory.read(PAGE, PAGE_SIZE);
  }

  /** The page's bytes as they were at first. */
  public static byte[] untouchedPage() {
    byte[] page = new byte[PAGE_SIZE];
    Arrays.fill(page, FILL);
    return page;
  }

  @Override
  public void close() {
    vcpu.close();
    vm.close();
    memory.close();
    kvm.close();
  }
}
