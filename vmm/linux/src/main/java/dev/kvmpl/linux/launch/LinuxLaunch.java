// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux.launch;

import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_EXCEPTION_PAYLOAD;
import static dev.kvmpl.bindings.kvm.Kvm.KVM_CAP_TSC_DEADLINE_TIMER;

import dev.kvmpl.enforcement.Enforcement;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.MappingCount;
import dev.kvmpl.enforcement.MappingEnforcement;
import dev.kvmpl.enforcement.PageChanges;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.enforcement.SlotEnforcement;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.Vm;
import dev.kvmpl.kvm.cpu.Msrs;
import dev.kvmpl.kvm.fd.Closing;
import dev.kvmpl.kvm.irq.Lapic;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.launch.ValidatorLevel;
import dev.kvmpl.linux.boot.Boot;
import dev.kvmpl.linux.boot.GuestMap;
import dev.kvmpl.linux.spec.LinuxSpec;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.memory.PageRange;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.KvmCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.OneThread;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.protocol.RequestPage;
import dev.kvmpl.protocol.RmpCopy;
import dev.kvmpl.spec.GrantKind;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.vmpl.PagePermissions;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** From a description to a machine that is ready to run. */
public final class LinuxLaunch {
  /** Where kvm_intel keeps what it needs for real mode: above all memory, below the APICs. */
  private static final long TSS = 0xfffbd000L;

  private static final int LEVELS = 2;
  private static final long IDENTITY_MAP = 0xfffbc000L;

  private static final int MSR_MTRR_DEFAULT = 0x2ff;
  private static final long MTRR_ON_WRITE_BACK = 0x806;
  private static final int MSR_MISC_ENABLE = 0x1a0;
  private static final long MISC_FAST_STRINGS = 1;
  private static final int LVT_EXTERNAL = 0x700;
  private static final int LVT_NMI = 0x400;

  private final LinuxSpec spec;
  private final Deque<AutoCloseable> resources;

  private LinuxLaunch(LinuxSpec spec, Deque<AutoCloseable> resources) {
    this.spec = spec;
    this.resources = resources;
  }

  /**
   * Makes it.
   *
   * @param resources gets everything that has to be closed, last first
   */
  public static LinuxParts launch(Kvm kvm, LinuxSpec spec, Deque<AutoCloseable> resources)
      throws Boot.TooSmallException, PayloadsTooLargeException {
    return new LinuxLaunch(spec, resources).launch(kvm);
  }

  private LinuxParts launch(Kvm kvm) throws Boot.TooSmallException, PayloadsTooLargeException {
    GuestMemory memory = GuestMemory.allocate(spec.memorySize());
    resources.push(memory);
    Boot boot =
        Boot.load(
            memory,
            spec.kernel(),
            spec.initialRamDisk().bytes(),
            spec.wholeCommandLine(),
            spec.processors());
    Rmp rmp = new Rmp(PageRange.pageOf(memory.size()));
    for (PageRange range : GuestMap.open(memory)) {
      rmp.assign(range, Vmpl.VMPL1, PagePermissions.ALL);
    }
    rmp.assign(MemoryLayout.PAYLOADS.tables().area(), Vmpl.VMPL1, PagePermissions.READ);
    rmp.mirrorTo(new RmpCopy(memory, MemoryLayout.PAYLOADS.rmpCopy()));
    ValidatorLevel validator = ValidatorLevel.load(kvm, memory, rmp, spec.validator(), resources);
    Vm vm = createVm(kvm);
    Enforcement enforcement = enforcement(kvm, vm, memory, rmp);
    resources.push(() -> Closing.all(vm, enforcement)); // in this order; the VM is closed once
    Level level = new Level(Vmpl.VMPL1, enforcement, LinuxMsrs.unasked());
    Observers observers = new Observers();
    List<Processor> processors = new ArrayList<>();
    List<Vcpu> vcpus = new ArrayList<>();
    for (int apicId = 0; apicId < spec.processors(); apicId++) {
      long request = MemoryLayout.PAYLOADS.of(Vmpl.VMPL0).request(apicId);
      Processor processor =
          new Processor(apicId, new RequestPage(memory, request), new OneThread(false), observers);
      Vcpu vcpu = createVcpu(kvm, vm, apicId);
      vcpus.add(vcpu);
      long trace = GuestMap.trace(apicId);
      processor.add(
          new LevelVcpu(2 * apicId, processor, level, new KvmCpu(vcpu), NO_MODE, trace, 0));
      validator.boot(processor, 2 * apicId + 1);
      processors.add(processor);
    }
    boot.start(vcpus.getFirst());
    return new LinuxParts(
        memory,
        new Permissions(
            rmp,
            List.of(validator.level(), level),
            new PageChanges(spec.processors() > 1 ? rmp.pages() : 0),
            GrantKind.PAGE,
            false),
        new Processors(processors),
        vm.interrupts(),
        observers);
  }

  private Enforcement enforcement(Kvm kvm, Vm vm, GuestMemory memory, Rmp rmp) {
    Vmpl level = Vmpl.VMPL1;
    return switch (spec.enforcement()) {
      case SLOTS ->
          new SlotEnforcement(
              vm, memory, rmp, level, SlotEnforcement.reserve(rmp, level, kvm.slots()), false);
      case MAPPING ->
          new MappingEnforcement(
              vm,
              memory.protectedMapping(),
              rmp,
              level,
              MappingEnforcement.reserve(rmp, level, MappingCount.forEach(LEVELS)));
    };
  }

  /** Nobody starts such a vCPU anew: its mode is its kernel's business. */
  private static final LongMode NO_MODE = new LongMode(0, 0, 0, 0);

  private Vm createVm(Kvm kvm) {
    Vm vm = kvm.createVm();
    resources.push(vm);
    vm.exitOnEmulationFailure();
    vm.fd().enable(KVM_CAP_EXCEPTION_PAYLOAD(), "KVM_CAP_EXCEPTION_PAYLOAD", 1);
    vm.tssAddress(TSS);
    vm.identityMapAddress(IDENTITY_MAP);
    vm.interrupts().createController();
    vm.interrupts().createPit(true);
    LinuxMsrs.hideHosts(vm);
    return vm;
  }

  private Vcpu createVcpu(Kvm kvm, Vm vm, int apicId) {
    Vcpu vcpu = vm.createVcpu(apicId);
    resources.push(vcpu);
    boolean deadline = kvm.fd().extension(KVM_CAP_TSC_DEADLINE_TIMER()) != 0;
    vcpu.cpuid(LinuxCpuid.of(kvm.supportedCpuid(), apicId, spec.processors(), deadline));
    Lapic apic = vcpu.get(new Lapic());
    apic.put(Lapic.LVT_LINT0, LVT_EXTERNAL);
    apic.put(Lapic.LVT_LINT1, LVT_NMI);
    vcpu.set(apic);
    Msrs msrs = new Msrs(MSR_MTRR_DEFAULT, MSR_MISC_ENABLE);
    msrs.value(0, MTRR_ON_WRITE_BACK);
    msrs.value(1, MISC_FAST_STRINGS);
    vcpu.setMsrs(msrs); // the second is Intel's: where there is none it stays as it is
    return vcpu;
  }
}
