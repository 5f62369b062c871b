// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_DISABLE_QUIRKS2;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_X86_QUIRK_SLOT_ZAP_ALL;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.bindings.Affinity;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.SlotMode;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.TearDown;

/**
 * One change of a page's permissions by enforcement {@code slots}: the slot is deleted and created
 * anew. It depends on the CPU that asks for it: the kernel waits for what the boot CPU does.
 */
public class SlotFlip extends Sampled {
  @Param({"boot", "other"})
  public String cpu = "boot";

  /** Whether KVM drops all it knows of a VM's memory, a quirk that newer kernels can do without. */
  @Param({"true", "false"})
  public boolean zapAll = true;

  private final LongGuest guest = LongGuest.running("f4 eb fd");
  private boolean writable;

  @Setup
  public void prepare() {
    if (!Affinity.bindTo(cpu.equals("boot") ? 0 : 1)) {
      throw new IllegalStateException("this thread may not run on the CPU that is called " + cpu);
    }
    if (!zapAll) {
      guest
          .vm()
          .fd()
          .enable(
              KVM_CAP_DISABLE_QUIRKS2(), "KVM_CAP_DISABLE_QUIRKS2", KVM_X86_QUIRK_SLOT_ZAP_ALL());
    }
    guest.run(VcpuExit.Halt.class);
  }

  @Benchmark
  public void change() {
    writable = !writable;
    guest.vm().deleteSlot(LongGuest.PAGE_SLOT);
    guest.slot(writable ? SlotMode.READ_WRITE : SlotMode.READ_ONLY);
  }

  @Override
  void operate() {
    change();
  }

  @TearDown
  public void close() {
    guest.close();
  }
}
