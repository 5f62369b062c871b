// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.drivers.DriverIdentity;
import dev.kvmpl.enforcement.Permissions;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.memory.GuestMemory;
import dev.kvmpl.observe.Observers;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbPage;
import dev.kvmpl.spec.Policy;

/**
 * Everything that can be caught in a machine. Each is asked about when it is handed over here, and
 * VMPL0 runs next. Belongs to the machine's lock.
 */
public final class Attempts {
  private final Validation validation;
  private final CaughtAccess[] accesses; // one a processor: the hot path makes no objects
  private final PendingAccess[] pending;
  private final DeviceRegisters registers = new DeviceRegisters();
  private final EventDeliveries deliveries;
  private final boolean emulated;

  /**
   * For one machine.
   *
   * @param emulated whether KVM executes what guests do at CPL 0 by its emulator
   * @param tablesReported whether VMPL0 has to see the page tables of whoever asks
   * @param policy what becomes of what VMPL0 refuses
   */
  public Attempts(
      GuestMemory memory,
      Processors processors,
      Permissions permissions,
      DriverIdentity drivers,
      Observers observers,
      boolean emulated,
      boolean tablesReported,
      Policy policy) {
    this.validation =
        new Validation(memory, permissions, drivers, observers, tablesReported, policy);
    this.emulated = emulated;
    this.deliveries = new EventDeliveries(processors.vcpus().size());
    this.accesses = new CaughtAccess[processors.count()];
    this.pending = new PendingAccess[accesses.length];
    for (int i = 0; i < accesses.length; i++) {
      pending[i] = new PendingAccess(validation);
      accesses[i] = new CaughtAccess(validation, accesses.length > 1);
    }
  }

  /** What a vCPU of the processor has attempted last, to be taken over from an exit. */
  public CaughtAccess access(LevelVcpu by) {
    return accesses[by.processor().apicId()];
  }

  /** A driver uses a port or an MSR. */
  public void register(LevelVcpu by, VcpuExit exit) {
    CaughtRegister.of(validation, registers, by, exit).ask();
  }

  /** An SVSM call, with its registers in {@code ghcb}. */
  public void call(LevelVcpu by, GhcbPage ghcb) {
    new CalledService(validation, by, ghcb, emulated).ask();
  }

  /** When events could not be delivered. */
  public EventDeliveries deliveries() {
    return deliveries;
  }

  /** An access in the midst of an event's delivery. */
  public void delivery(LevelVcpu by, Access access, long gpa) {
    new EventDelivery(validation, by, access, gpa).ask();
  }

  /** What a vCPU of the processor is at and has not done, to be looked at. */
  public PendingAccess pending(LevelVcpu by) {
    return pending[by.processor().apicId()];
  }
}
