// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.GuestGhcb;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.VmsaPage;

/**
 * The guest kernel's own vCPU: the kernel's, or lent to a driver that runs in its place; and what
 * the kernel waits for. Belongs to the machine's lock.
 */
final class KernelPlace {
  private final LevelVcpu kernel;
  private final Processors processors;
  private Tenant tenant = new Kernel();
  private Notice notice = new Told(0);

  /** Who has it. */
  private sealed interface Tenant {}

  /** The kernel itself. */
  private record Kernel() implements Tenant {}

  /**
   * A driver.
   *
   * @param registers the kernel's
   * @param ghcb what the kernel has arranged
   * @param hosted whether the driver is at CPL 3, in an address space that is not the kernel's
   */
  private record Lent(GuestCpu.Saved registers, GuestGhcb ghcb, boolean hosted) implements Tenant {}

  /** What the kernel knows of drivers that gave back a vCPU of another processor. */
  private sealed interface Notice {}

  /** Of so many it is going to hear when it asks. */
  private record Told(int waiting) implements Notice {}

  /** It waits for the next one. */
  private record Awaited() implements Notice {}

  KernelPlace(Processors processors) {
    this.processors = processors;
    this.kernel = processors.kernel();
  }

  LevelVcpu vcpu() {
    return kernel;
  }

  /** Whether a driver at CPL 3 is there. */
  boolean hosts() {
    return tenant instanceof Lent lent && lent.hosted();
  }

  /** Puts the kernel's registers aside, for a driver to start in its place. */
  void lend(VmsaPage vmsa) {
    GuestCpu cpu = kernel.cpu();
    cpu.finish(); // its wrmsr, before its registers are put aside
    boolean hosted = vmsa.cpl() != 0;
    GuestGhcb ghcb = kernel.ghcb();
    tenant = new Lent(cpu.save(), ghcb, hosted);
    kernel.ghcb(ghcb.lent());
    cpu.dropEvents();
    if (hosted) {
      cpu.enterLongMode(kernel.mode().hosting(vmsa.cr3()));
    }
  }

  /** The kernel has it again, and goes on where it asked. */
  void comeHome() {
    if (tenant instanceof Lent lent) {
      kernel.cpu().restore(lent.registers());
      kernel.cpu().requestInterruptWindow(!kernel.ghcb().pending().isEmpty());
      tenant = new Kernel();
    }
  }

  /** What the kernel has arranged, whoever is there. */
  GuestGhcb ghcb() {
    return tenant instanceof Lent lent ? lent.ghcb() : kernel.ghcb();
  }

  /**
   * The kernel halts, to hear of a driver that gave back a vCPU of another processor.
   *
   * @return whether there is or will be one
   */
  boolean awaits() {
    if (notice instanceof Told told && told.waiting() > 0) {
      notice = new Told(told.waiting() - 1);
      return true;
    }
    boolean expected = processors.areOthersBusy();
    if (expected) {
      notice = new Awaited();
      kernel.processor().run(null);
    }
    return expected;
  }

  /** A driver has given back a vCPU of another processor. */
  void tell() {
    switch (notice) {
      case Awaited ignored -> {
        notice = new Told(0);
        kernel.processor().run(kernel);
      }
      case Told told -> notice = new Told(told.waiting() + 1);
    }
  }
}
