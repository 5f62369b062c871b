// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.kvm.Registers;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.VcpuExit;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.Verdict;
import dev.kvmpl.protocol.VmsaPage;
import dev.kvmpl.trace.Step;
import dev.kvmpl.vmpl.GrantLedger;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which driver a vCPU belongs to. The guest kernel asks for it with SNP_AP_CREATION and a VMSA
 * page; the hypervisor recognises the driver by the entry point that it loaded itself, lets VMPL0
 * close what the level's driver before was granted, and only then starts the driver, until it gives
 * the vCPU back. When a driver has given back its last one, VMPL0 closes what it was granted before
 * anything else runs there.
 *
 * <p>A driver at the guest kernel's own level and processor runs in the kernel's place. One on
 * another processor runs beside it.
 */
final class Association {
  private static final long RFLAGS_RESERVED = 0x2;
  private static final long RFLAGS_IF = 0x200;
  private static final int NONE = 0;
  private static final int AP_TYPE_MASK = 0xffff;
  private static final int VMPL_MASK = 0xf;
  private static final Turn NOBODYS = new Turn.Nobodys();

  private final MachineParts parts;
  private final LevelVcpu kernel;
  private final Recorder recorder;

  /** What is to start when INIT comes. */
  private final Map<LevelVcpu, Start> onInit = new HashMap<>();

  /** The kernel's while a driver has its vCPU: its registers, and what it has arranged. */
  private Vcpu.@Nullable State kernelState;

  private GuestGhcb kernelGhcb = new GuestGhcb();

  /** Whether the kernel's vCPU is at CPL 3, in an address space that is not the kernel's. */
  private boolean hosting;

  /** Drivers that gave back a vCPU of another processor than the kernel's, and it does not know. */
  private int gaveBack;

  /** Whether the kernel waits for one. */
  private boolean kernelWaits;

  Association(MachineParts parts, Recorder recorder) {
    this.parts = parts;
    this.kernel = parts.kernel();
    this.recorder = recorder;
  }

  /** Whether the vCPU has a driver at CPL 3. */
  boolean hosts(LevelVcpu vcpu) {
    return hosting && vcpu == kernel && vcpu.driver != NONE;
  }

  /** Serves SNP_AP_CREATION, and says in {@code ghcb} what came of it. */
  void requested(LevelVcpu caller, GhcbPage ghcb) {
    long info = ghcb.exitInfo1();
    int type = (int) info & AP_TYPE_MASK;
    int vmpl = (int) (info >>> Abi.GHCB_AP_VMPL_SHIFT()) & VMPL_MASK;
    long apicId = info >>> Abi.GHCB_AP_APIC_SHIFT();
    LevelVcpu vcpu = vcpu(vmpl, apicId);
    if (vcpu != null) {
      if (type == Abi.GHCB_AP_DESTROY() && vcpu == caller && caller.driver != NONE) {
        giveBack(caller);
        return;
      }
      if (caller == kernel && caller.driver == NONE && asked(type, vcpu, ghcb)) {
        return;
      }
    }
    ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
  }

  /** The guest kernel asks: false is a malformed request. */
  private boolean asked(int type, LevelVcpu vcpu, GhcbPage ghcb) {
    boolean here = vcpu.processor() == kernel.processor();
    if (type == Abi.GHCB_AP_DESTROY() && !here && vcpu.driver != NONE && !vcpu.destroyed) {
      vcpu.destroyed = true;
      vcpu.kick.run();
      ghcb.answerOk();
      return true;
    }
    Start start = start(vcpu, ghcb.exitInfo2());
    if (start == null) {
      return false;
    }
    if (type == Abi.GHCB_AP_CREATE_ON_INIT() && !here) {
      onInit.put(vcpu, start);
      ghcb.answerOk();
      return true;
    }
    if (type == Abi.GHCB_AP_CREATE()) {
      if (!here) {
        ghcb.answerOk();
      }
      start.ask();
      return true;
    }
    return false;
  }

  /**
   * The guest kernel sends INIT: what was to be created on it starts.
   *
   * @return whether there is anything
   */
  boolean init(LevelVcpu caller, long apicId) {
    for (Map.Entry<LevelVcpu, Start> waiting : onInit.entrySet()) {
      LevelVcpu vcpu = waiting.getKey();
      if (caller == kernel && caller.driver == NONE && vcpu.processor().apicId() == apicId) {
        if (!isFree(vcpu, waiting.getValue().driver)) {
          return false; // it waits on
        }
        onInit.remove(vcpu);
        waiting.getValue().ask();
        return true;
      }
    }
    return false;
  }

  /** A driver's vCPU, null if there is none. */
  private @Nullable LevelVcpu vcpu(int vmpl, long apicId) {
    return vmpl == Vmpl.VMPL0.number()
            || vmpl > Vmpl.VMPL3.number()
            || apicId >= parts.processors().size()
        ? null
        : parts.processors().get((int) apicId).vcpu(Vmpl.of(vmpl));
  }

  /**
   * What the VMSA page asks for, null if that cannot be. A page at the start of a large one cannot:
   * KVM refuses it to SNP guests for an erratum (sev_snp_ap_creation).
   */
  private @Nullable Start start(LevelVcpu vcpu, long vmsaGpa) {
    if (vmsaGpa % PageRange.PAGE_SIZE != 0
        || vmsaGpa % Layout.LARGE_PAGE == 0
        || !parts
            .rmp()
            .allows(vmsaGpa, PageRange.PAGE_SIZE, kernel.level(), PagePermissions.READ)) {
      return null;
    }
    VmsaPage vmsa = VmsaPage.read(parts.memory(), vmsaGpa);
    int driver = parts.driverByEntry(vmsa.rip());
    return vmsa.vmpl() == vcpu.level().number()
            && driver != NONE
            && isFree(vcpu, driver)
            && (vmsa.cpl() == 0 || isHosted(vcpu, vmsa))
        ? new Start(vcpu, driver, vmsa)
        : null;
  }

  /** Whether it asks for CPL 3 where the guest kernel is there to host it. */
  private boolean isHosted(LevelVcpu vcpu, VmsaPage vmsa) {
    return vmsa.cpl() == Abi.KVMPL_CPL_HOSTED()
        && vcpu == kernel
        && vmsa.cr3() % PageRange.PAGE_SIZE == 0
        && parts
            .rmp()
            .allows(vmsa.cr3(), PageRange.PAGE_SIZE, kernel.level(), PagePermissions.READ);
  }

  /** Whether the driver can have the vCPU: nobody has it, and nobody else its level. */
  private boolean isFree(LevelVcpu vcpu, int driver) {
    int before = parts.driverAt(vcpu.level());
    return vcpu.driver == NONE
        && (before == NONE || before == driver)
        && (vcpu.processor() == kernel.processor() || vcpu.processor().isIdle());
  }

  /** VMPL0 hears of a new association. */
  private final class Start implements Processor.Question {
    private final LevelVcpu vcpu;
    private final int driver;
    private final VmsaPage vmsa;

    Start(LevelVcpu vcpu, int driver, VmsaPage vmsa) {
      this.vcpu = vcpu;
      this.driver = driver;
      this.vmsa = vmsa;
    }

    void ask() {
      vcpu.nextDriver = driver;
      vcpu.processor().request().tellAssociation(driver, vcpu.level().number());
      vcpu.processor().ask(this);
    }

    @Override
    public Vmpl level() {
      return vcpu.level();
    }

    @Override
    public Turn answered() {
      vcpu.nextDriver = NONE;
      if (!Verdict.of(vcpu.processor().request().result()).done()) {
        return refused();
      }
      Optional<GrantLedger.Left> left = parts.grants().leftByOthers(driver, vcpu.level());
      if (left.isPresent()) {
        return notClosed(left.get());
      }
      parts.serveMsrs(vcpu.level(), vmsa.cpl() != 0);
      if (vcpu == kernel) {
        GhcbPage ghcb = kernel.usableGhcb(parts.rmp());
        if (ghcb == null) {
          return kernel.turn();
        }
        ghcb.answerOk();
        kernel.vcpu().finish(); // its wrmsr, before its registers are put aside
        kernelState = kernel.vcpu().save();
        kernelGhcb = kernel.ghcb;
        kernel.ghcb = kernelGhcb.lent();
        kernel.vcpu().dropEvents();
        hosting = vmsa.cpl() != 0;
        if (hosting) {
          kernel.vcpu().enterLongMode(kernel.mode().hosting(vmsa.cr3()));
        }
      } else {
        vcpu.vcpu().enterLongMode(vcpu.mode());
      }
      Registers registers = vcpu.vcpu().registers();
      registers.clear();
      registers.rip(vmsa.rip());
      registers.rsp(vmsa.rsp());
      registers.rdi(vmsa.rdi());
      registers.rflags(RFLAGS_RESERVED | (vmsa.rflags() & RFLAGS_IF));
      vcpu.vcpu().setRegisters();
      vcpu.driver = driver;
      recorder.step(Step.ASSOCIATE, vcpu, driver);
      return vcpu.turn();
    }

    private Turn refused() {
      if (vcpu.processor() != kernel.processor()) {
        countGivenBack();
        return NOBODYS;
      }
      GhcbPage ghcb = kernel.usableGhcb(parts.rmp());
      if (ghcb != null) {
        ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
      }
      return kernel.turn();
    }
  }

  /** The driver is done. */
  void giveBack(LevelVcpu vcpu) {
    vcpu.vcpu().finish(); // its wrmsr, so that the vCPU can start anew
    dissociate(vcpu);
  }

  /** The guest kernel has taken the vCPU of another processor from its driver. */
  void taken(LevelVcpu vcpu) {
    while (!(vcpu.vcpu().finish() instanceof VcpuExit.Interrupted)) {
      // the rest of what it did last is dropped
    }
    vcpu.destroyed = false;
    dissociate(vcpu);
  }

  /** If the driver has no other vCPU of its level, VMPL0 has to hear of it before all else. */
  private void dissociate(LevelVcpu vcpu) {
    int driver = vcpu.driver;
    Processor processor = vcpu.processor();
    vcpu.driver = NONE;
    vcpu.vcpu().dropEvents(); // what it has not seen is not its successor's
    vcpu.ghcb = vcpu == kernel ? kernelGhcb : new GuestGhcb();
    if (parts.driverAt(vcpu.level()) == driver) {
      processor.run(afterDriver(vcpu));
      return;
    }
    vcpu.lastDriver = driver;
    boolean unload = parts.driverUnloads().get(driver - 1);
    processor.request().tellDissociation(driver, vcpu.level().number(), unload);
    processor.ask(new End(vcpu, driver));
  }

  /** VMPL0 hears that a driver has no vCPU any more. */
  private final class End implements Processor.Question {
    private final LevelVcpu vcpu;
    private final int driver;

    End(LevelVcpu vcpu, int driver) {
      this.vcpu = vcpu;
      this.driver = driver;
    }

    @Override
    public Vmpl level() {
      return vcpu.level();
    }

    @Override
    public Turn answered() {
      vcpu.lastDriver = NONE;
      long result = vcpu.processor().request().result();
      if (!Verdict.of(result).done()) {
        return new Turn.Failed(
            String.format(
                Locale.ROOT,
                "VMPL0 has not closed what driver %d was granted (result %#x)",
                driver,
                result));
      }
      // If it has the level again, or gives it back elsewhere too, this was not its last vCPU.
      Optional<GrantLedger.Left> left = parts.grants().leftBy(driver, vcpu.level());
      if (left.isPresent() && !parts.isInvolved(driver, vcpu.level())) {
        return notClosed(left.get());
      }
      LevelVcpu next = afterDriver(vcpu);
      return next == null ? NOBODYS : next.turn();
    }
  }

  private static Turn notClosed(GrantLedger.Left left) {
    return new Turn.Failed("VMPL0 has not closed " + left);
  }

  /** Prepares what runs on a processor after a driver, null for nothing. */
  private @Nullable LevelVcpu afterDriver(LevelVcpu vcpu) {
    if (vcpu.processor() != kernel.processor()) {
      countGivenBack();
      return null;
    }
    if (vcpu == kernel && kernelState != null) { // the kernel goes on where it asked
      kernel.vcpu().restore(kernelState);
      kernelState = null;
    }
    GhcbPage waiting = kernel.usableGhcb(parts.rmp());
    if (waiting != null) {
      waiting.answerOk();
    }
    return kernel;
  }

  /**
   * The kernel halts, to hear of a driver that gave back a vCPU of another processor.
   *
   * @return whether there is or will be one
   */
  boolean awaited() {
    if (gaveBack > 0) {
      gaveBack--;
      return true;
    }
    boolean expected =
        parts.processors().stream()
            .anyMatch(processor -> processor != kernel.processor() && !processor.isIdle());
    if (expected) {
      kernelWaits = true;
      kernel.processor().run(null);
    }
    return expected;
  }

  private void countGivenBack() {
    if (kernelWaits) {
      kernelWaits = false;
      kernel.processor().run(kernel);
    } else {
      gaveBack++;
    }
  }
}
