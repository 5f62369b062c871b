// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.VmsaPage;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.PagePermissions;

/**
 * Which driver the first vCPU belongs to. The guest kernel asks for it with SNP_AP_CREATION and a
 * VMSA page; the hypervisor recognises the driver by the entry point that it loaded itself, lets
 * VMPL0 close what the driver before was granted, and only then starts the driver in the kernel's
 * place, until it gives the vCPU back.
 */
final class Association {
  private static final long RFLAGS_RESERVED = 0x2;
  private static final int NONE = 0;
  private static final int AP_TYPE_MASK = 0xffff;
  private static final int VMPL_MASK = 0xf;

  private final MachineParts parts;
  private final LevelVcpu first;
  private final RequestPage request;
  private final Recorder recorder;

  private int driver = NONE;
  private int next = NONE; // while VMPL0 is told of it
  private VmsaPage vmsa = new VmsaPage(0, 0, 0, 0);
  private byte[] kernelRegisters = {};

  Association(MachineParts parts, Recorder recorder) {
    this.parts = parts;
    this.first = parts.first();
    this.request = parts.request();
    this.recorder = recorder;
  }

  /** The driver's number, 0 if the guest kernel itself runs. */
  int driver() {
    return driver;
  }

  boolean inProgress() {
    return next != NONE;
  }

  /**
   * Serves SNP_AP_CREATION.
   *
   * @return whether VMPL0 has to run, to hear of a new association
   */
  boolean requested(GhcbPage ghcb) {
    long info = ghcb.exitInfo1();
    int type = (int) info & AP_TYPE_MASK;
    int vmpl = (int) (info >>> Abi.GHCB_AP_VMPL_SHIFT()) & VMPL_MASK;
    int apicId = (int) (info >>> Abi.GHCB_AP_APIC_SHIFT());
    if (vmpl == first.level().number() && apicId == first.number()) {
      if (type == Abi.GHCB_AP_DESTROY() && driver != NONE) {
        giveBack(ghcb);
        return false;
      }
      if (type == Abi.GHCB_AP_CREATE() && driver == NONE && create(ghcb.exitInfo2())) {
        return true;
      }
    }
    ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
    return false;
  }

  private boolean create(long vmsaGpa) {
    if (vmsaGpa % PageRange.PAGE_SIZE != 0
        || !parts.rmp().allows(vmsaGpa, PageRange.PAGE_SIZE, first.level(), PagePermissions.READ)) {
      return false;
    }
    vmsa = VmsaPage.read(parts.memory(), vmsaGpa);
    if (vmsa.vmpl() != first.level().number()) {
      return false;
    }
    next = parts.driverByEntry(vmsa.rip());
    if (next == NONE) {
      return false;
    }
    request.tellAssociation(next);
    return true;
  }

  /** VMPL0 has heard of it: the vCPU is the driver's. */
  void answered() {
    GhcbPage ghcb = first.usableGhcb(parts.rmp());
    boolean accepted = Verdict.of(request.result()).done();
    if (!accepted || ghcb == null) {
      next = NONE;
      if (ghcb != null) {
        ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
      }
      return;
    }
    ghcb.answerOk();
    first.vcpu().finish(); // the kernel's wrmsr, before its registers are put aside
    Registers registers = first.vcpu().registers();
    kernelRegisters = registers.save();
    registers.clear();
    registers.rip(vmsa.rip());
    registers.rsp(vmsa.rsp());
    registers.rdi(vmsa.rdi());
    registers.rflags(RFLAGS_RESERVED);
    first.vcpu().setRegisters();
    driver = next;
    next = NONE;
    recorder.step(Step.ASSOCIATE, first, driver, 0, 0, 0);
  }

  /** The driver is done: the kernel goes on where it asked. */
  private void giveBack(GhcbPage ghcb) {
    first.vcpu().finish();
    Registers registers = first.vcpu().registers();
    registers.restore(kernelRegisters);
    first.vcpu().setRegisters();
    ghcb.answerOk();
    driver = NONE;
  }
}
