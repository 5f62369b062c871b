// SPDX-License-Identifier: Apache-2.0
package dev.kvmpl.benchmarks.suite;

import dev.kvmpl.benchmarks.guest.LongGuest;
import dev.kvmpl.kvm.exit.VcpuExit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.TearDown;

/** One KVM_RUN to an exit of one kind, of a guest at CPL 0 in 64-bit mode that does it for ever. */
public abstract class ExitBenchmark extends Sampled {
  private final LongGuest guest;
  private final Class<? extends VcpuExit> kind;

  ExitBenchmark(LongGuest guest, Class<? extends VcpuExit> kind) {
    this.guest = guest;
    this.kind = kind;
  }

  @Benchmark
  public VcpuExit exit() {
    return guest.run(kind);
  }

  @Override
  void operate() {
    exit();
  }

  @TearDown
  public void close() {
    guest.close();
  }
}
