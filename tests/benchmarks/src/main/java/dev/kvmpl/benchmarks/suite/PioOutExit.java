// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;

/** A write to a port: KVM_EXIT_IO. */
public class PioOutExit extends ExitBenchmark {
  // e6 42    1: out %al, $0x42
  // eb fc       jmp 1b
  private static final String CODE = "e6 42 eb fc";

  public PioOutExit() {
    super(LongGuest.running(CODE), VcpuExit.Io.class);
  }
}
