// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;

/** KVM_EXIT_HLT, of a VM without an interrupt controller. */
public class HltExit extends ExitBenchmark {
  // f4       1: hlt
  // eb fd       jmp 1b
  private static final String CODE = "f4 eb fd";

  public HltExit() {
    super(LongGuest.running(CODE), VcpuExit.Halt.class);
  }
}
