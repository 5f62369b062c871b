// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;

/** A read from a port: KVM_EXIT_IO, whose answer is part of the next KVM_RUN. */
public class PioInExit extends ExitBenchmark {
  // e4 42    1: in $0x42, %al
  // eb fc       jmp 1b
  private static final String CODE = "e4 42 eb fc";

  public PioInExit() {
    super(LongGuest.running(CODE), VcpuExit.Io.class);
  }
}
