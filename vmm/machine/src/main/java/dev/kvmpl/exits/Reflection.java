// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.exits;

import dev.kvmpl.attempts.Attempts;
import dev.kvmpl.attempts.CaughtAccess;
import dev.kvmpl.attempts.PendingAccess;
import dev.kvmpl.bindings.abi.Abi;
import dev.kvmpl.drivers.Association;
import dev.kvmpl.drivers.Drivers;
import dev.kvmpl.kvm.exit.VcpuExit;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.processors.Processors;
import dev.kvmpl.protocol.Access;
import dev.kvmpl.protocol.GhcbMsr;
import dev.kvmpl.spec.Detection;
import dev.kvmpl.vmpl.Vmpl;

/**
 * Detection reflect: the guest kernel is told of a driver's store by an interrupt and has to ask
 * for VMPL0 next. If it does something else, the store is not done: it must not land later, when
 * nobody expects it. All else VMPL0 is asked about at once.
 */
final class Reflection {
  private final Detection detection;
  private final Processors processors;
  private final Drivers drivers;
  private final Attempts attempts;
  private final MachineEnd end;

  Reflection(
      Detection detection,
      Processors processors,
      Drivers drivers,
      Attempts attempts,
      MachineEnd end) {
    this.detection = detection;
    this.processors = processors;
    this.drivers = drivers;
    this.attempts = attempts;
    this.end = end;
  }

  /** Has a store judged that KVM has retired. */
  void caught(LevelVcpu vcpu, CaughtAccess attempt) {
    if (!tells(vcpu)) {
      attempt.ask();
    } else if (!attempt.reflect()) {
      refuseUndetected(attempt);
    }
  }

  /** Has an instruction judged that the vCPU is at. */
  void pending(LevelVcpu vcpu, PendingAccess attempt) {
    if (!tells(vcpu) || attempt.access() != Access.WRITE) {
      attempt.ask();
    } else if (!attempt.reflect()) {
      attempt.refuseUndetected();
    }
  }

  private boolean tells(LevelVcpu vcpu) {
    return detection == Detection.REFLECT
        && vcpu == processors.kernel()
        && drivers.driverOf(vcpu) != Association.NONE;
  }

  /** Before an exit is handled: whether the guest kernel has missed what it was told. */
  void notice(LevelVcpu vcpu, VcpuExit exit) {
    CaughtAccess attempt = attempts.access(vcpu);
    PendingAccess pending = attempts.pending(vcpu);
    boolean told = attempt.isReflected() || pending.isReflected();
    if (!told || vcpu.level() == Vmpl.VMPL0 || exit instanceof VcpuExit.Interrupted) {
      return;
    }
    boolean asks =
        exit instanceof VcpuExit.WriteMsr write
            && write.index() == GhcbMsr.INDEX
            && GhcbMsr.info(write.data()) == Abi.GHCB_MSR_RUN_VMPL_REQUEST();
    if (attempt.isReflected() && !asks) {
      refuseUndetected(attempt);
    }
    if (pending.isReflected() && !asks) {
      pending.missed();
    }
  }

  private void refuseUndetected(CaughtAccess attempt) {
    String problem = attempt.refuseUndetected();
    if (problem != null) {
      end.failed(problem, null);
    }
  }
}
