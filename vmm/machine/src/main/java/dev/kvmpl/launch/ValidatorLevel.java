// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.launch;

import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.enforcement.GuestMsrs;
import dev.kvmpl.enforcement.Level;
import dev.kvmpl.enforcement.Plane;
import dev.kvmpl.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.state.LongMode;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.processors.KvmCpu;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processor;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.protocol.LevelLayout;
import dev.kvmpl.protocol.MemoryLayout;
import dev.kvmpl.spec.PayloadImage;
import dev.kvmpl.spec.PayloadsTooLargeException;
import dev.kvmpl.spec.Policy;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.Deque;

/**
 * VMPL0 of a machine whose other level boots by itself: a validator in its area of {@link
 * MemoryLayout#PAYLOADS}, with a vCPU on each processor.
 */
public final class ValidatorLevel {
  private static final MemoryLayout LAYOUT = MemoryLayout.PAYLOADS;

  private final GuestMemory memory;
  private final Plane plane;
  private final Level level;
  private final long entry;
  private final Deque<AutoCloseable> resources;

  private ValidatorLevel(
      GuestMemory memory, Plane plane, long entry, Deque<AutoCloseable> resources) {
    this.memory = memory;
    this.plane = plane;
    this.level = new Level(Vmpl.VMPL0, plane.enforcement(), plane);
    this.entry = entry;
    this.resources = resources;
  }

  /**
   * Loads the validator and makes its level.
   *
   * @param resources gets everything that has to be closed, last first
   */
  public static ValidatorLevel load(
      Kvm kvm, GuestMemory memory, Rmp rmp, PayloadImage validator, Deque<AutoCloseable> resources)
      throws PayloadsTooLargeException {
    long entry = Images.load(memory, LAYOUT, Vmpl.VMPL0, validator, 0);
    BootTables.writePageTables(memory, LAYOUT, Vmpl.VMPL0, true);
    Plane plane = Plane.withSlots(kvm, Vmpl.VMPL0, memory, rmp, false, GuestMsrs.SERVED_BY_KVM);
    resources.push(plane);
    return new ValidatorLevel(memory, plane, entry, resources);
  }

  /** The level, for the machine's permissions. */
  public Level level() {
    return level;
  }

  /**
   * Makes its vCPU on a processor, ready to start.
   *
   * @param number unique in the machine
   */
  public LevelVcpu boot(Processor processor, int number) {
    int apicId = processor.apicId();
    LevelLayout layout = LAYOUT.of(Vmpl.VMPL0);
    Vcpu vcpu = plane.createVcpu(apicId);
    resources.push(vcpu);
    vcpu.syncRegisters(true);
    LongMode mode = BootTables.writeDescriptors(memory, layout, apicId);
    vcpu.enterLongMode(mode);
    new BootInfo(memory, layout.bootInfo(apicId))
        .write(
            layout.ghcb(apicId),
            layout.trace(apicId),
            layout.console(apicId),
            layout.request(apicId),
            apicId);
    LevelVcpu made =
        new LevelVcpu(
            number,
            processor,
            level,
            new KvmCpu(vcpu),
            mode,
            layout.trace(apicId),
            layout.console(apicId));
    processor.add(made);
    Boot.start(LAYOUT, made, entry);
    Boot.info(memory, LAYOUT, made)
        .writeForValidator(0, 0, Policy.ENFORCE.number(), Abi.KVMPL_GRANT_PAGE());
    processor.request().prepare(Vmpl.VMPL1.number());
    return made;
  }
}
