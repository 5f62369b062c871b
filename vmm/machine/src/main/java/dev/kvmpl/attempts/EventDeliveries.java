// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.attempts;

import dev.kvmpl.kvm.exit.VcpuExit.KvmInternalError;
import dev.kvmpl.processors.GuestCpu;
import dev.kvmpl.processors.LevelVcpu;
import java.util.Arrays;

/**
 * Which of the events that KVM could not deliver it has delivered already.
 *
 * <p>EXITINTINFO has an event only if its bit V is set (AMD manual volume 2, 15.7.2). kvm_amd (seen
 * in 7.3) looks at the type alone, and the CPU may have left that of the event before there. What
 * KVM is going to deliver it knows for sure, but it does not tell of software interrupts; of those
 * the same report comes again. Does not allocate.
 */
public final class EventDeliveries {
  /** The access for which each vCPU runs again, by the vCPUs' numbers. */
  private final long[] ranAgainFor;

  EventDeliveries(int vcpus) {
    ranAgainFor = new long[vcpus];
    Arrays.fill(ranAgainFor, GuestCpu.UNMAPPED);
  }

  /**
   * Whether the event that KVM reports has been delivered already, so that the vCPU only has to run
   * again: the access comes once more, as an exit of its own.
   */
  public boolean isOver(LevelVcpu vcpu, KvmInternalError error) {
    if (vcpu.cpu().deliversEvent() || ranAgainFor[vcpu.number()] == error.gpa()) {
      return false;
    }
    ranAgainFor[vcpu.number()] = error.gpa();
    return true;
  }

  /** The vCPU has made another exit. */
  public void otherExit(LevelVcpu vcpu) {
    ranAgainFor[vcpu.number()] = GuestCpu.UNMAPPED;
  }
}
