// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.machine;

import dev.kvmpl.bindings.SyscallException;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.protocol.BootInfo;
import dev.kvmpl.vmpl.GrantLedger;
import dev.kvmpl.vmpl.Rmp;
import dev.kvmpl.vmpl.Vmpl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a running machine consists of.
 *
 * @param grants what VMPL0 has granted in {@code rmp}
 * @param emulated whether KVM executes what guests do at CPL 0 by its emulator
 * @param changes of the pages, for machines with several processors
 * @param levels by their numbers; null for a level that the machine does not have
 * @param processors by their APIC ids
 * @param driverEntries each driver's entry point, in the order of the drivers
 * @param driverUnloads whether each driver is unloaded when it is done
 * @param permissionsStored whether any driver's permissions are stored, so that ports and MSRs are
 *     asked for
 * @param translationsProtected whether VMPL0 has to see the page tables of whoever asks
 */
record MachineParts(
    GuestMemory memory,
    Rmp rmp,
    GrantLedger grants,
    boolean emulated,
    PageChanges changes,
    List<@Nullable Level> levels,
    List<Processor> processors,
    List<Long> driverEntries,
    List<Boolean> driverUnloads,
    boolean permissionsStored,
    boolean translationsProtected) {
  /** The vCPU on which the guest kernel runs. */
  LevelVcpu kernel() {
    return processors.getFirst().vcpuOf(Vmpl.VMPL1);
  }

  /**
   * Lets a level's slots follow the database after pages {@code [from, to)} changed in it. A level
   * that the machine does not have has no slots: its permissions are recorded and bind nobody.
   */
  void follow(Vmpl level, int from, int to) {
    Level changed = levels.get(level.number());
    if (changed != null) {
      try {
        changed.follow(from, to);
        changes.change(from, to);
      } catch (SyscallException e) {
        shutGates();
        throw e;
      }
    }
  }

  /** Whether a level's slots can follow such a change. */
  boolean hasRoom(Vmpl level, int from, int to, int access) {
    Level changed = levels.get(level.number());
    return changed == null || changed.plane().hasRoom(from, to, access);
  }

  /** The database and the slots do not agree any more: no guest may run on. */
  private void shutGates() {
    for (Level level : levels) {
      if (level != null) {
        level.gate().shut();
      }
    }
  }

  /**
   * Has KVM serve the MSRs of a level whose driver cannot use any, being at CPL 3: then they are
   * the guest kernel's. Else, where permissions are stored, each use of one is an exit.
   */
  void serveMsrs(Vmpl level, boolean kernelAlone) {
    Level served = levels.get(level.number());
    if (permissionsStored && served != null) {
      served.plane().exitOnMsrsBut(kernelAlone ? GuestMsrs.SERVED_BY_KVM : List.of());
    }
  }

  /** A level that the machine has. */
  Level level(Vmpl vmpl) {
    Level level = levels.get(vmpl.number());
    if (level == null) {
      throw new IllegalStateException("no " + vmpl);
    }
    return level;
  }

  /** Prepares a question about the vCPU. */
  void reportTables(LevelVcpu vcpu) {
    if (translationsProtected) {
      vcpu.processor().request().reportTables(vcpu.vcpu().pageTables());
    }
  }

  BootInfo bootInfo(LevelVcpu vcpu) {
    return new BootInfo(memory, Layout.of(vcpu.level()).bootInfo(vcpu.processor().apicId()));
  }

  /** The number, from 1 on, of the driver that starts at {@code rip}; 0 if none does. */
  int driverByEntry(long rip) {
    return driverEntries.indexOf(rip) + 1;
  }

  /** The driver that has a level on any processor, or is getting it; 0 if there is none. */
  int driverAt(Vmpl level) {
    for (Processor processor : processors) {
      LevelVcpu vcpu = processor.vcpu(level);
      if (vcpu != null && (vcpu.driver != 0 || vcpu.nextDriver != 0)) {
        return vcpu.driver != 0 ? vcpu.driver : vcpu.nextDriver;
      }
    }
    return 0;
  }

  /**
   * The driver to which VMPL0 grants what it grants a level: the one that has it, or one that has
   * given it back and VMPL0 has not heard of it; 0 if there is none.
   */
  int granteeAt(Vmpl level) {
    int driver = driverAt(level);
    for (int i = 0; driver == 0 && i < processors.size(); i++) {
      LevelVcpu vcpu = processors.get(i).vcpu(level);
      driver = vcpu == null ? 0 : vcpu.lastDriver;
    }
    return driver;
  }

  /** Whether a driver has a level on any processor, is getting it, or is giving it back. */
  boolean isInvolved(int driver, Vmpl level) {
    for (Processor processor : processors) {
      LevelVcpu vcpu = processor.vcpu(level);
      if (vcpu != null
          && (vcpu.driver == driver || vcpu.nextDriver == driver || vcpu.lastDriver == driver)) {
        return true;
      }
    }
    return false;
  }
}
