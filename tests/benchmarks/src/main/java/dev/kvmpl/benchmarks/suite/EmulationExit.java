// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;

/** An instruction that KVM cannot emulate, fxsave to a read-only slot: an internal error. */
public class EmulationExit extends ExitBenchmark {
  // 0f ae 07    fxsave (%rdi)
  private static final String CODE = "0f ae 07";

  public EmulationExit() {
    super(LongGuest.running(CODE), VcpuExit.KvmInternalError.class);
  }
}
