// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;

/** A store at CPL 3 to a page whose mapping may not be written: KVM_RUN fails with EFAULT. */
public class FaultExit extends ExitBenchmark {
  // 88 07    1: mov %al, (%rdi)
  // eb fc       jmp 1b
  private static final String CODE = "88 07 eb fc";

  public FaultExit() {
    super(LongGuest.mapped(CODE), VcpuExit.MemoryFault.class);
  }
}
