// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;

/** A write to the GHCB MSR, the doorbell of guests: KVM_EXIT_X86_WRMSR. */
public class MsrExit extends ExitBenchmark {
  // b9 30 01 01 c0       mov $0xc0010130, %ecx
  // 0f 30             1: wrmsr
  // eb fc                jmp 1b
  private static final String CODE = "b9 30 01 01 c0 0f 30 eb fc";

  public MsrExit() {
    super(LongGuest.running(CODE), VcpuExit.WriteMsr.class);
  }
}
