// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.drivers;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.drivers.Association.Held;
import dev.kvmpl.drivers.Association.Vacant;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.VmsaPage;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Vmpl;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The guest kernel asks for a driver's vCPU with SNP_AP_CREATION and a VMSA page; the hypervisor
 * recognises the driver by the entry point that it loaded itself, lets VMPL0 close what the level's
 * driver before was granted, and only then starts the driver, until it gives the vCPU back.
 *
 * <p>A driver at the guest kernel's own level and processor runs in the kernel's place. One on
 * another processor runs beside it. Belongs to the machine's lock.
 */
public final class VcpuRequests {
  private static final int AP_TYPE_MASK = 0xffff;
  private static final int VMPL_MASK = 0xf;

  private final GuestMemory memory;
  private final Processors processors;
  private final Permissions permissions;
  private final Drivers drivers;
  private final KernelPlace kernel;
  private final Lifetimes lifetimes;

  /** What is to start when INIT comes, in the order in which it was asked for. */
  private final Map<LevelVcpu, Wanted> onInit = new LinkedHashMap<>();

  /** A driver's start on a vCPU. */
  private record Wanted(LevelVcpu vcpu, int driver, VmsaPage vmsa) {}

  /** Whose the vCPUs are changes in {@code drivers}. */
  public VcpuRequests(
      GuestMemory memory,
      Processors processors,
      Permissions permissions,
      Drivers drivers,
      Observers observers) {
    this.memory = memory;
    this.processors = processors;
    this.permissions = permissions;
    this.drivers = drivers;
    this.kernel = new KernelPlace(processors);
    this.lifetimes = new Lifetimes(permissions, drivers, kernel, observers);
  }

  /** Whether the vCPU has a driver at CPL 3. */
  public boolean hosts(LevelVcpu vcpu) {
    return vcpu == kernel.vcpu() && kernel.hosts() && drivers.driverOf(vcpu) != Association.NONE;
  }

  /** Serves SNP_AP_CREATION, and says in {@code ghcb} what came of it. */
  public void requested(LevelVcpu caller, GhcbPage ghcb) {
    long info = ghcb.exitInfo1();
    int type = (int) info & AP_TYPE_MASK;
    int vmpl = (int) (info >>> Abi.GHCB_AP_VMPL_SHIFT()) & VMPL_MASK;
    long apicId = info >>> Abi.GHCB_AP_APIC_SHIFT();
    LevelVcpu vcpu = vcpu(vmpl, apicId);
    if (vcpu != null) {
      if (type == Abi.GHCB_AP_DESTROY() && vcpu == caller && isDrivers(caller)) {
        lifetimes.giveBack(caller);
        return;
      }
      if (isKernel(caller) && asked(type, vcpu, ghcb)) {
        return;
      }
    }
    ghcb.answerMalformed(Abi.GHCB_ERROR_INVALID_INPUT());
  }

  private boolean isDrivers(LevelVcpu vcpu) {
    return drivers.driverOf(vcpu) != Association.NONE;
  }

  /** Whether it is the guest kernel that runs on the vCPU. */
  private boolean isKernel(LevelVcpu vcpu) {
    return vcpu == kernel.vcpu() && !isDrivers(vcpu);
  }

  /** The guest kernel asks: false is a malformed request. */
  private boolean asked(int type, LevelVcpu vcpu, GhcbPage ghcb) {
    boolean here = vcpu.processor() == kernel.vcpu().processor();
    if (type == Abi.GHCB_AP_DESTROY() && !here && drivers.of(vcpu) instanceof Held held) {
      drivers.change(vcpu, held.take());
      vcpu.kick();
      ghcb.answerOk();
      return true;
    }
    Wanted wanted = wanted(vcpu, ghcb.exitInfo2());
    if (wanted == null) {
      return false;
    }
    if (type == Abi.GHCB_AP_CREATE_ON_INIT() && !here) {
      onInit.put(vcpu, wanted);
      ghcb.answerOk();
      return true;
    }
    if (type == Abi.GHCB_AP_CREATE()) {
      if (!here) {
        ghcb.answerOk();
      }
      begin(wanted);
      return true;
    }
    return false;
  }

  private void begin(Wanted wanted) {
    lifetimes.begin(wanted.vcpu, wanted.driver, wanted.vmsa);
  }

  /**
   * The guest kernel sends INIT: the first that was to be created on it and can be starts.
   *
   * @return whether there is any; if not, what waits waits on
   */
  public boolean init(LevelVcpu caller, long apicId) {
    for (Wanted waiting : onInit.values()) {
      if (isKernel(caller)
          && waiting.vcpu.processor().apicId() == apicId
          && isFree(waiting.vcpu, waiting.driver)) {
        onInit.remove(waiting.vcpu);
        begin(waiting);
        return true;
      }
    }
    return false;
  }

  /** A driver's vCPU, null if there is none. */
  private @Nullable LevelVcpu vcpu(int vmpl, long apicId) {
    return vmpl == Vmpl.VMPL0.number() || vmpl > Vmpl.VMPL3.number() || apicId >= processors.count()
        ? null
        : processors.get((int) apicId).vcpu(Vmpl.of(vmpl));
  }

  /**
   * What the VMSA page asks for, null if that cannot be. A page at the start of a large one cannot:
   * KVM refuses it to SNP guests for an erratum (sev_snp_ap_creation).
   */
  private @Nullable Wanted wanted(LevelVcpu vcpu, long vmsaGpa) {
    if (vmsaGpa % PageRange.PAGE_SIZE != 0
        || vmsaGpa % MemoryLayout.LARGE_PAGE == 0
        || !isReadable(vmsaGpa)) {
      return null;
    }
    VmsaPage vmsa = VmsaPage.read(memory, vmsaGpa);
    int driver = drivers.byEntry(vmsa.rip());
    return vmsa.vmpl() == vcpu.level().number()
            && driver != Association.NONE
            && isFree(vcpu, driver)
            && (vmsa.cpl() == 0 || isHosted(vcpu, vmsa))
        ? new Wanted(vcpu, driver, vmsa)
        : null;
  }

  /** Whether it asks for CPL 3 where the guest kernel is there to host it. */
  private boolean isHosted(LevelVcpu vcpu, VmsaPage vmsa) {
    return vmsa.cpl() == Abi.KVMPL_CPL_HOSTED()
        && vcpu == kernel.vcpu()
        && vmsa.cr3() % PageRange.PAGE_SIZE == 0
        && isReadable(vmsa.cr3());
  }

  private boolean isReadable(long page) {
    return permissions.allows(
        page, PageRange.PAGE_SIZE, kernel.vcpu().level(), PagePermissions.READ);
  }

  /** Whether the driver can have the vCPU: nobody has it, and nobody else its level. */
  private boolean isFree(LevelVcpu vcpu, int driver) {
    int before = drivers.driverAt(vcpu.level());
    return drivers.of(vcpu) instanceof Vacant
        && (before == Association.NONE || before == driver)
        && (vcpu.processor() == kernel.vcpu().processor() || vcpu.processor().isIdle());
  }

  /** The driver is done. */
  public void giveBack(LevelVcpu vcpu) {
    lifetimes.giveBack(vcpu);
  }

  /** Whether the guest kernel has taken the vCPU from its driver, which does not know yet. */
  public boolean isTaken(LevelVcpu vcpu) {
    return drivers.of(vcpu) instanceof Association.Taken;
  }

  /** The driver that the guest kernel has taken a vCPU from has left the guest. */
  public void taken(LevelVcpu vcpu) {
    lifetimes.taken(vcpu);
  }

  /**
   * The vCPU halts: the guest kernel, to hear of a driver that gave back a vCPU of another
   * processor.
   *
   * @return whether there is or will be one; false if it is not the guest kernel
   */
  public boolean halted(LevelVcpu vcpu) {
    return isKernel(vcpu) && kernel.awaits();
  }
}
