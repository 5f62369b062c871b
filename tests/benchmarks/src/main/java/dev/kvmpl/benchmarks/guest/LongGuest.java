// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.guest;

import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.kvm.state.Registers;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.memory.ProtectedMapping;
import dev.kvmpl.memory.SlotMode;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A guest of a few instructions in 64-bit mode. Virtual is physical; the page at {@link #PAGE} is
 * in a slot of its own; every MSR is an exit.
 */
public final class LongGuest implements AutoCloseable {
  /** The page that a benchmark is about. */
  public static final long PAGE = 0x100000;

  /** The number of the slot that it is in. */
  public static final int PAGE_SLOT = 1;

  private static final long PML4 = 0x1000;
  private static final long PDPT = 0x2000;
  private static final long PD = 0x3000;
  private static final long GDT = 0x4000;
  private static final long TSS = 0x5000;
  private static final long CODE = 0x8000;
  private static final long MEMORY = PAGE + PageRange.PAGE_SIZE;
  private static final int PRESENT_WRITABLE_USER = 7;
  private static final int LARGE = 0x80;

  private final Kvm kvm = Kvm.open();
  private final GuestMemory memory = GuestMemory.allocate(MEMORY);
  private final Vm vm = kvm.createVm();
  private final @Nullable ProtectedMapping mapping;
  private final Vcpu vcpu;

  private LongGuest(String code, int cpl, boolean mapped) {
    memory.putLong(PML4, PDPT | PRESENT_WRITABLE_USER);
    memory.putLong(PDPT, PD | PRESENT_WRITABLE_USER);
    memory.putLong(PD, PRESENT_WRITABLE_USER | LARGE); // 0 to 2 MiB
    memory.putLong(GDT + LongMode.SELECTOR_CODE, 0x00af9b000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_DATA, 0x00cf93000000ffffL);
    memory.putLong(GDT + LongMode.SELECTOR_TSS, 0x00008b0000000067L | TSS << 16);
    memory.write(CODE, HexFormat.of().parseHex(code.replace(" ", "")));
    vm.exitOnMsrsBut(List.of());
    vm.exitOnEmulationFailure();
    vm.setSlot(0, 0, memory, 0, PAGE, SlotMode.READ_WRITE);
    mapping = mapped ? memory.protectedMapping() : null;
    if (mapping == null) {
      slot(SlotMode.READ_ONLY);
    } else {
      vm.unsafeSetSlot(
          PAGE_SLOT, PAGE, PageRange.PAGE_SIZE, mapping.hostAddress(PAGE), SlotMode.READ_WRITE);
      mapping.protect(PAGE, PageRange.PAGE_SIZE, true, false);
    }
    vcpu = vm.createVcpu(0);
    vcpu.enterLongMode(new LongMode(PML4, GDT, TSS, 0, cpl));
    Registers registers = vcpu.registers();
    registers.rip(CODE);
    registers.rdi(PAGE);
    registers.rflags(2);
    vcpu.setRegisters();
  }

  /** About to run this code, in hex, at CPL 0 with RDI = {@link #PAGE}, in a read-only slot. */
  public static LongGuest running(String code) {
    return new LongGuest(code, 0, false);
  }

  /** The same at CPL 3, where the page is readable by what its mapping may be accessed for. */
  public static LongGuest mapped(String code) {
    return new LongGuest(code, 3, true);
  }

  /** Makes the page's slot. */
  public void slot(SlotMode mode) {
    vm.setSlot(PAGE_SLOT, PAGE, memory, PAGE, PageRange.PAGE_SIZE, mode);
  }

  /** Runs to the next exit, which has to be of this kind. */
  public VcpuExit run(Class<? extends VcpuExit> kind) {
    VcpuExit exit = vcpu.run();
    if (!kind.isInstance(exit)) {
      throw new IllegalStateException(
          "KVM_EXIT_" + exit.name() + " instead of " + kind.getSimpleName());
    }
    return exit;
  }

  /** Its VM. */
  public Vm vm() {
    return vm;
  }

  /** /dev/kvm. */
  public Kvm kvm() {
    return kvm;
  }

  /** The page's own mapping, of a guest that has one. */
  public ProtectedMapping mapping() {
    if (mapping == null) {
      throw new IllegalStateException("this guest's page is in a slot alone");
    }
    return mapping;
  }

  @Override
  public void close() {
    if (mapping != null) {
      vm.deleteSlot(PAGE_SLOT);
      mapping.close();
    }
    vcpu.close();
    vm.close();
    memory.close();
    kvm.close();
  }
}
