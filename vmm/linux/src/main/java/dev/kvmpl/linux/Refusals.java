// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.linux;

import dev.kvmpl.bindings.kvm.Kvm;
import dev.kvmpl.kvm.Vcpu;
import dev.kvmpl.kvm.state.VcpuEvents;
import dev.kvmpl.processors.LevelVcpu;
import dev.kvmpl.protocol.stores.StoreAnswer;
import java.util.List;

/** How a guest learns that a store of its was refused. */
final class Refusals {
  private static final int VECTOR_GP = 13;
  private static final int VECTOR_PF = 14;

  /**
   * A write to a page that is there, with a reserved bit set in its entry: the guest's own tables
   * may allow the store, and Linux takes a fault that they do not explain for one that is over
   * already.
   */
  private static final int PF_ERROR = 1 | 1 << 1 | 1 << 3;

  private final List<Vcpu> vcpus;

  /**
   * @param vcpus Linux's, by their processors
   */
  Refusals(List<Vcpu> vcpus) {
    this.vcpus = List.copyOf(vcpus);
  }

  /**
   * Tells it.
   *
   * @param address what a page fault is about
   */
  void refuse(LevelVcpu by, StoreAnswer answer, long address) {
    if (answer == StoreAnswer.GP) {
      by.cpu().injectException(VECTOR_GP, 0);
    } else if (answer == StoreAnswer.PF) {
      pageFault(vcpus.get(by.processor().apicId()), address);
    }
  }

  /** CR2 comes with the exception (KVM_CAP_EXCEPTION_PAYLOAD), when it is delivered. */
  private static void pageFault(Vcpu vcpu, long address) {
    VcpuEvents events = vcpu.get(new VcpuEvents());
    events.injectException(VECTOR_PF, PF_ERROR);
    events.exceptionInjected(false);
    events.exceptionPending(true);
    events.exceptionHasPayload(true);
    events.exceptionPayload(address);
    events.flags(Kvm.KVM_VCPUEVENT_VALID_PAYLOAD());
    vcpu.set(events);
  }
}
