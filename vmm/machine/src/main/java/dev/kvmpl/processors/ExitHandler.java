// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.processors;

import dev.kvmpl.kvm.exit.VcpuExit;

/** What the threads of a machine call. */
public interface ExitHandler {
  /** A moment after all changes of pages so far: before the vCPU enters the guest. */
  long now();

  /** Handles an exit of the vCPU that the calling thread has run. */
  Next handle(LevelVcpu vcpu, VcpuExit exit);

  /** Running the vCPU has thrown something: the machine ends. */
  void crashed(LevelVcpu vcpu, Throwable cause);
}
